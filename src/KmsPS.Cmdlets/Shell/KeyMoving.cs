using System.Management.Automation;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Moving;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Copies keys between two connections and reports each: what Copy-KmsKey, Import-KmsKeyStore and Export-KmsKeyStore share.</summary>
/// <param name="source">Where the keys are, bound to the cmdlet.</param>
/// <param name="sourceName">What the user calls it.</param>
/// <param name="destination">Where they shall be, bound to the cmdlet.</param>
/// <param name="destinationName">What the user calls it.</param>
internal sealed class KeyMoving(IKms source, string sourceName, IKms destination, string destinationName)
{
    /// <summary>Whether only to say what would happen.</summary>
    internal bool PlansOnly { get; init; }

    /// <summary>Whether to decrypt an EEK for each copied version on both sides.</summary>
    internal bool Verifies { get; init; } = true;

    /// <summary>Keys at a time; 0 for as many as suit the destination.</summary>
    internal int Lanes { get; init; }

    /// <summary>Moves or plans each key. A key that cannot be moved is an error about it; the others go on.</summary>
    /// <exception cref="KmsException">One side stayed away; the text says how many keys are done.</exception>
    internal async Task RunAsync(IReadOnlyCollection<KeyName> keys, ShellOutput output, CancellationToken cancellationToken)
    {
        KeyMover mover = new(source, destination, Verifies);
        foreach (string loss in mover.Losses)
        {
            await output.WriteWarningAsync(loss, cancellationToken).ConfigureAwait(false);
        }

        MoveProgress progress = new(output, $"{(PlansOnly ? "Comparing" : "Copying")} keys from {sourceName} to {destinationName}", keys.Count);
        ParallelOptions lanes = new() { MaxDegreeOfParallelism = Lanes > 0 ? Lanes : destination.ImportLanes, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(keys, lanes, async (key, stop) =>
            {
                await MoveAsync(mover, key, progress, output, stop).ConfigureAwait(false);
                progress.Step(key);
            }).ConfigureAwait(false);
        }
        finally
        {
            progress.End();
        }
    }

    private async ValueTask MoveAsync(KeyMover mover, KeyName key, MoveProgress progress, ShellOutput output, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        long started = time.GetTimestamp();
        try
        {
            KeyMoveReport report = PlansOnly
                ? await mover.PlanAsync(key, cancellationToken).ConfigureAwait(false)
                : await mover.MoveAsync(key, cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(new KmsKeyMoveResult(report, !PlansOnly, time.GetElapsedTime(started), sourceName, destinationName), cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException away) when (KeyMover.IsAway(away))
        {
            // An error for each of 50,000 keys would help nobody.
            throw new KmsException(
                away.Kind,
                $"{away.Message}. Nothing more is copied: {progress.Text} are done",
                $"{away.Remedy} Then run the same command again: keys that are copied are skipped.".TrimStart(),
                isTransient: true,
                away);
        }
        catch (KmsException refusal)
        {
            await output.WriteErrorAsync(ErrorRecords.From(refusal, key.Value), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Names that match one of the patterns, in the source's order.</summary>
    /// <param name="kms">The source.</param>
    /// <param name="patterns">Names or patterns with wildcards; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async ValueTask<IReadOnlyList<KeyName>> NamesAsync(IKms kms, string[]? patterns, CancellationToken cancellationToken)
    {
        WildcardPattern[]? wanted = patterns is null ? null : [.. patterns.Select(static text => WildcardPattern.Get(text, WildcardOptions.CultureInvariant))];
        List<KeyName> names = [];
        await foreach (KeyName name in (await kms.GetKeyNamesAsync(cancellationToken).ConfigureAwait(false)).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (wanted is null || wanted.Any(pattern => pattern.IsMatch(name.Value)) || patterns!.Contains(name.Value, StringComparer.Ordinal))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
