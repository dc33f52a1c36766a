using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// A cmdlet that puts names into lists of a <c>kms-acls.xml</c>, or takes them out. All edits of a pipeline are written at its end, in
/// one rename, so that no server ever reads half of them.
/// </summary>
public abstract class AclEditCmdlet : KmsCmdlet
{
    private readonly List<(AclEdit Edit, AclTarget Target)> _confirmed = [];
    private readonly List<(AclEdit Edit, AclTarget Target)> _supposed = [];

    /// <summary>Operations, as files spell them (DECRYPT_EEK) or as requests do (DecryptEek).</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AclOperationCompleter))]
    public string[] Operation { get; set; } = [];

    /// <summary>Users, by short name; * is everybody.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] User { get; set; } = [];

    /// <summary>Groups.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Group { get; set; } = [];

    /// <summary>The kms-acls.xml to change.</summary>
    [Parameter(Mandatory = true)]
    [Alias("Path")]
    [ValidateNotNullOrEmpty]
    public string AclPath { get; set; } = "";

    /// <summary>Writes the changed lists.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Makes the change although somebody would get the opposite of it, and begins a file that does not exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Whether names are put in.</summary>
    private protected abstract bool Adds { get; }

    /// <summary>Whether somebody gains by it.</summary>
    private protected abstract bool Grants { get; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (User.Length == 0 && Group.Length == 0)
        {
            ThrowTerminatingError(ErrorRecords.From(new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "Nobody is named", "Name -User or -Group, or both."), null));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = GetUnresolvedProviderPathFromPSPath(AclPath);
        List<AclTarget> targets = [];
        if (!Pump(null, (_, _) =>
        {
            targets.AddRange(Operation.SelectMany(Targets));
            return Task.CompletedTask;
        }))
        {
            return;
        }

        foreach (AclTarget target in targets)
        {
            foreach (AclEdit edit in User.Select(name => new AclEdit(Adds, target.Property, name)).Concat(Group.Select(name => new AclEdit(Adds, target.Property, name, IsGroup: true))))
            {
                if (ShouldProcess($"{path}: {edit}", $"{path}: {edit}?", "Change access lists", out ShouldProcessReason reason))
                {
                    _confirmed.Add((edit, target));
                }
                else if (reason == ShouldProcessReason.WhatIf)
                {
                    _supposed.Add((edit, target));
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        bool writes = _confirmed.Count > 0;
        List<(AclEdit Edit, AclTarget Target)> edits = writes ? _confirmed : _supposed;
        if (edits.Count > 0)
        {
            string path = GetUnresolvedProviderPathFromPSPath(AclPath);
            PumpOrEnd(path, async (output, stop) => await ChangeAsync(path, edits, writes, output, stop).ConfigureAwait(false));
        }
    }

    /// <summary>The lists that one operation given on the command line stands for.</summary>
    private protected abstract IEnumerable<AclTarget> Targets(string operation);

    private async Task ChangeAsync(string path, List<(AclEdit Edit, AclTarget Target)> edits, bool writes, ShellOutput output, CancellationToken stop)
    {
        if (!File.Exists(path) && !Force)
        {
            throw new ShellException("AclFileNotFound", ErrorCategory.ObjectNotFound, $"There is no file {path}", "Check the path, or begin a file with -Force.");
        }

        AclFileEditor editor = AclFileEditor.Open(path);
        AclSnapshot before = editor.Preview().Snapshot;
        bool isDifferent = false;
        foreach ((AclEdit edit, _) in edits)
        {
            isDifferent |= editor.Apply(edit);
        }

        AclSnapshot after = editor.Preview().Snapshot;
        RequireNoContrary(AclComparison.Compare(before, after));
        if (isDifferent && writes)
        {
            string? backup = AclFiles.Write(path, () => editor.Save(TimeProvider.System));
            await output.WriteVerboseAsync(backup is null ? $"{path} was made." : $"{path} was replaced; its old content is in {backup}.", stop).ConfigureAwait(false);
        }

        foreach ((AclEdit edit, AclTarget target) in edits)
        {
            if (target.Ask(after, edit) is { } answer && answer.IsAllowed != Grants)
            {
                await output.WriteWarningAsync($"All the same, {answer.Sentence}", stop).ConfigureAwait(false);
            }
        }

        HashSet<string> changed = [.. edits.Select(static each => each.Edit.Property)];
        foreach (KmsAclEntry entry in AclEntries.Of(after).Where(entry => PassThru && changed.Contains(entry.Property)))
        {
            await output.WriteAsync(entry, stop).ConfigureAwait(false);
        }
    }

    // INVARIANT: without -Force a grant takes nothing from anybody, and a withdrawal gives nothing. The first list of an operation shuts
    // out everybody whom it does not name, and the first list of a key makes the defaults inapplicable to it.
    private void RequireNoContrary(IReadOnlyList<AclChange> changes)
    {
        AclChange[] contrary = [.. changes.Where(change => change.Gains != Grants)];
        if (contrary.Length == 0 || Force)
        {
            return;
        }

        string some = string.Join("; ", contrary.Take(3)) + (contrary.Length > 3 ? $"; and {contrary.Length - 3} more" : "");
        throw Grants
            ? new ShellException("AccessWouldBeLost", ErrorCategory.InvalidOperation, $"Nothing was changed, because others would lose access: {some}", "A first list shuts out whom it does not name. Name them too, use -Whitelist or -Default, or -Force.")
            : new ShellException("AccessWouldBeGained", ErrorCategory.InvalidOperation, $"Nothing was changed, because others would gain access: {some}", "Look at the lists with Get-KmsAcl, or use -Force.");
    }
}
