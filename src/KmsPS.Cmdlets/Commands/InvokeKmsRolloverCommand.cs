using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Rolls keys: makes a new current version of each.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "KmsRollover", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsRolloverResult))]
public sealed class InvokeKmsRolloverCommand : KeyCmdlet
{
    // Large enough to keep every lane busy, small enough that results come while a long pipeline runs.
    private const int RoundsOfWork = 16;

    private readonly List<Roll> _waiting = [];

    /// <summary>Rolls only keys whose current version was made longer ago than this; the others are reported as not rolled.</summary>
    [Parameter]
    [Age]
    public TimeSpan? IfOlderThan { get; set; }

    /// <summary>Rolls only while this is the current version, by its own name; otherwise it is an error and nothing changes.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExpectedVersion { get; set; }

    /// <summary>Given material: a byte[], or a SecureString with Base64 text. The provider generates it without.</summary>
    [Parameter]
    [Material]
    public KmsMaterial? Material { get; set; }

    /// <summary>How many keys are rolled at the same time. With 1 the results come in the order of the keys.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 4;

    /// <inheritdoc/>
    protected override void EndProcessing() => Flush();

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        // Asked here, on the pipeline thread, so that questions come in the order of the keys.
        if (!ShouldProcess(Printable.Text(key.Value), $"Make a new current version in {connection.Info.Uri}"))
        {
            return;
        }

        _waiting.Add(new Roll(key, connection.For(MyInvocation.MyCommand.Name), connection.Info.Name));
        if (ThrottleLimit == 1 || _waiting.Count >= ThrottleLimit * RoundsOfWork)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        Roll[] batch = [.. _waiting];
        _waiting.Clear();
        Pump(null, async (output, stop) =>
        {
            ParallelOptions lanes = new() { MaxDegreeOfParallelism = ThrottleLimit, CancellationToken = stop };
            await Parallel.ForEachAsync(batch, lanes, async (roll, token) => await RollAsync(roll, output, token).ConfigureAwait(false)).ConfigureAwait(false);
        });
    }

    private async ValueTask RollAsync(Roll roll, ShellOutput output, CancellationToken cancellationToken)
    {
        try
        {
            await output.WriteAsync(await RollAsync(roll, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException refusal)
        {
            await output.WriteErrorAsync(ErrorRecords.From(refusal, roll.Key.Value), cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<KmsRolloverResult> RollAsync(Roll roll, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        long started = time.GetTimestamp();
        KeyMetadata? before = await BeforeAsync(roll, cancellationToken).ConfigureAwait(false);
        if (IfOlderThan is { } age && IsYoung(roll.Key, before, time.GetUtcNow() - age))
        {
            return Result(before?.Current.Value, rolled: false, "NotOldEnough");
        }

        try
        {
            using SecretBytes? material = Material?.Take();
            // Two jobs that find the same key too old make one new version, not two.
            KeyVersionName? expected = ExpectedVersion is { } named ? KeyVersionName.Parse(named) : IfOlderThan is null ? null : before?.Current;
            using KeyVersion fresh = await roll.Kms.RollNewVersionAsync(new RollRequest(roll.Key, material, expected), cancellationToken).ConfigureAwait(false);
            return Result(fresh.Name.Value, rolled: true, "Rolled");
        }
        catch (KmsException refusal) when (refusal.Kind == ErrorKind.Conflict && IfOlderThan is not null && ExpectedVersion is null)
        {
            KeyMetadata? now = await BeforeAsync(roll, cancellationToken).ConfigureAwait(false);
            return Result(now?.Current.Value, rolled: false, "RolledMeanwhile");
        }

        KmsRolloverResult Result(string? version, bool rolled, string reason) =>
            new(roll.Key.Value, before?.Current.Value, version, rolled, reason, time.GetElapsedTime(started), roll.Provider);
    }

    // Whoever may roll but not describe still rolls; only the age cannot be asked then.
    private async ValueTask<KeyMetadata?> BeforeAsync(Roll roll, CancellationToken cancellationToken)
    {
        try
        {
            return await roll.Kms.GetMetadataAsync(roll.Key, cancellationToken).ConfigureAwait(false) ?? throw KeyFaults.NoMetadata(roll.Key);
        }
        catch (KmsException refusal) when (refusal.Kind == ErrorKind.AccessDenied && IfOlderThan is null)
        {
            return null;
        }
    }

    private static bool IsYoung(KeyName key, KeyMetadata? metadata, DateTimeOffset before)
    {
        DateTimeOffset? rolled = metadata is null ? null : KmsKey.RolledAt(metadata);
        return rolled is { } at
            ? at > before
            : throw new ShellException(
                "VersionAgeUnknown",
                ErrorCategory.InvalidOperation,
                $"Key {Printable.Text(key.Value)} was not rolled: its provider does not tell when the current version was made",
                "Roll it without -IfOlderThan, or ask a provider that keeps the dates of versions (an embedded store does).");
    }

    /// <summary>One key to be rolled.</summary>
    private sealed record Roll(KeyName Key, IKms Kms, string Provider);
}
