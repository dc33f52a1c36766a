using System.Globalization;
using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Copies keys from one provider to another as they are: names of versions, dates, attributes, material.</summary>
[Cmdlet(VerbsCommon.Copy, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKeyMoveResult))]
public sealed class CopyKmsKeyCommand : KeyCmdlet
{
    private readonly List<(KeyName Key, KmsSession.Connection Source)> _keys = [];
    private GatherProgress? _gathering;

    /// <summary>Where the keys shall be: a connection's name, or a provider URI.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string Destination { get; set; } = "";

    /// <summary>Leaves out the proof that each copied version decrypts the same on both sides.</summary>
    [Parameter]
    public SwitchParameter SkipVerification { get; set; }

    /// <summary>How many keys are copied at the same time; without it as many as suit the destination.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _gathering?.End();
        KmsSession.Connection? destination = null;
        (KmsSession session, bool isTrial) = (Session, IsWhatIf);
        PumpOrEnd(Destination, async (_, stop) => destination = await ResolveAsync(session, Destination, isTrial, stop).ConfigureAwait(false));
        foreach (IGrouping<KmsSession.Connection, KeyName> from in _keys.GroupBy(static each => each.Source, static each => each.Key))
        {
            // A key given twice would be two copies that race for one name.
            Copy(from.Key, destination!, [.. from.Distinct()]);
        }
    }

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        _keys.Add((key, connection));
        _gathering ??= new GatherProgress(this, "Finding keys to copy");
        _gathering.Step(_keys.Count);
    }

    private void Copy(KmsSession.Connection source, KmsSession.Connection destination, KeyName[] keys)
    {
        string what = string.Create(CultureInfo.CurrentCulture, $"Copy {keys.Length:N0} {(keys.Length == 1 ? "key" : "keys")} from {source.Info.Uri} to {destination.Info.Uri}");
        bool goes = ShouldProcess(what, $"{what}?", "Copy keys", out ShouldProcessReason reason);
        if (!goes && reason != ShouldProcessReason.WhatIf)
        {
            return;
        }

        string cmdlet = MyInvocation.MyCommand.Name;
        KeyMoving moving = new(source.For(cmdlet), source.Info.Name, destination.For(cmdlet), destination.Info.Name) { PlansOnly = !goes, Verifies = !SkipVerification, Lanes = ThrottleLimit };
        Pump(null, (output, stop) => moving.RunAsync(keys, output, stop));
    }
}
