using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Says whether somebody may do something. What cannot be answered is <c>$false</c>.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsAccess")]
[OutputType(typeof(bool), typeof(KmsAccessResult))]
public sealed class TestKmsAccessCommand : KmsProviderCmdlet
{
    /// <summary>What: an operation such as DecryptEek or CreateKey. The spelling of access lists (DECRYPT_EEK) is understood too.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [OperationName]
    public KmsOperation[] Operation { get; set; } = [];

    /// <summary>To which keys. Without it the operation's own lists alone are asked.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("KeyName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Who, by short name. The account of this process without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? User { get; set; }

    /// <summary>The groups that the user is taken to be in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Group { get; set; } = [];

    /// <summary>A kms-acls.xml to ask instead of the rules in force. Keys need not exist; their names are taken as access lists know them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AclPath { get; set; }

    /// <summary>Writes the explanation instead of a plain boolean.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IEnumerable<string?> keys = Name is { } given ? given : new string?[] { null };
        foreach (string? key in keys)
        {
            foreach (string user in User ?? [Environment.UserName])
            {
                foreach (KmsOperation operation in Operation)
                {
                    KmsAccessResult answer = Answer(operation, user, key);
                    WriteObject(Detailed ? answer : answer.Allowed);
                }
            }
        }
    }

    // INVARIANT: fails closed. Whatever goes wrong is an error record and a refusal, never silence and never a yes.
    private KmsAccessResult Answer(KmsOperation operation, string user, string? key)
    {
        KmsAccessResult? result = null;
        Caller caller = new(user, user, AuthenticationMethod.Process, NameSet.Of(Group));
        string? path = AclPath is null ? null : GetUnresolvedProviderPathFromPSPath(AclPath);
        KmsSession session = Session;
        string? provider = Provider;
        string cmdlet = MyInvocation.MyCommand.Name;
        Pump(key ?? user, async (_, stop) =>
        {
            KeyName? name = key is null ? null : KeyName.Parse(key);
            if (path is not null)
            {
                result = AccessQuestion.Ask(RulesSource.Read(path), caller, operation, name is { } given ? (given.Value, given.Value) : null);
                return;
            }

            KmsSession.Connection connection = await session.ResolveAsync(provider, stop).ConfigureAwait(false);
            AclSnapshot rules = RulesSource.Of(connection);
            result = AccessQuestion.Ask(rules, caller, operation, name is { } asked ? (asked.Value, await AclNameAsync(connection, cmdlet, operation, asked, stop).ConfigureAwait(false)) : null);
        });
        return result ?? Unanswered(operation, caller, key);
    }

    private static async ValueTask<string> AclNameAsync(KmsSession.Connection connection, string cmdlet, KmsOperation operation, KeyName key, CancellationToken cancellationToken)
    {
        KeyMetadata? metadata = await connection.For(cmdlet).GetMetadataAsync(key, cancellationToken).ConfigureAwait(false);
        return metadata?.AclName
            ?? (operation is KmsOperation.CreateKey or KmsOperation.RestoreKey or KmsOperation.PurgeKey ? key.Value : throw KeyFaults.DoesNotExist(key, connection.Info.Uri));
    }

    private static KmsAccessResult Unanswered(KmsOperation operation, Caller caller, string? key) => new()
    {
        Allowed = false,
        User = caller.ShortName,
        Groups = [.. caller.Groups],
        Operation = operation.ToString(),
        Key = key,
        Rule = null,
        Place = null,
        Reason = "NotAnswered",
        Explanation = "The question could not be answered; the error says why. What is not known to be allowed is denied.",
    };
}
