using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Says whether somebody may do something. What cannot be answered is <c>$false</c>.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsAccess", DefaultParameterSetName = Question)]
[OutputType(typeof(bool), typeof(KmsAccessResult), typeof(KmsAccessMatrix))]
public sealed class TestKmsAccessCommand : KmsProviderCmdlet
{
    private const string Question = "Question";
    private const string Table = "Table";

    private readonly List<string> _keys = [];
    private AclSnapshot? _rules;

    /// <summary>What: an operation such as DecryptEek or CreateKey. The spelling of access lists (DECRYPT_EEK) is understood too.</summary>
    [Parameter(ParameterSetName = Question, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = Table, Position = 0)]
    [OperationName]
    public KmsOperation[] Operation { get; set; } = [];

    /// <summary>To which keys. Without it the operation's own lists alone are asked.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("KeyName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Who, by short name, or name=group,group. The account of this process without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? User { get; set; }

    /// <summary>The groups that the users are taken to be in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Group { get; set; }

    /// <summary>A kms-acls.xml to ask instead of the rules in force. Keys need not exist; their names are taken as access lists know them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AclPath { get; set; }

    /// <summary>Writes the explanation instead of a plain boolean.</summary>
    [Parameter(ParameterSetName = Question)]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Writes one table: users by operations, for each key. All operations without -Operation.</summary>
    [Parameter(ParameterSetName = Table, Mandatory = true)]
    public SwitchParameter Matrix { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Matrix)
        {
            _keys.AddRange(Name ?? []);
            return;
        }

        IEnumerable<string?> keys = Name is { } given ? given : new string?[] { null };
        foreach (string? key in keys)
        {
            foreach (AccessSubject user in Subjects())
            {
                foreach (KmsOperation operation in Operation)
                {
                    KmsAccessResult answer = Answer(new AccessQuestion(operation, user, key));
                    WriteObject(Detailed ? answer : answer.Allowed);
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Matrix)
        {
            WriteObject(MakeMatrix());
        }
    }

    // An operation that asks no key's lists is shown once, before the keys.
    private KmsAccessMatrix MakeMatrix()
    {
        AccessSubject[] users = [.. Subjects()];
        KmsOperation[] operations = Operation.Length > 0 ? Operation : [.. OperationTable.Rows.Select(static row => row.Verb)];
        string[] keys = [.. _keys.Distinct(StringComparer.Ordinal)];
        bool AsksKey(KmsOperation each) => keys.Length > 0 && OperationTable.Of(each).KeyAcl is not null;
        List<KmsAccessResult> answers = [];
        foreach (string? key in keys.Prepend(null))
        {
            foreach (KmsOperation operation in operations.Where(each => AsksKey(each) == key is not null))
            {
                answers.AddRange(users.Select(user => Answer(new AccessQuestion(operation, user, key))));
            }
        }

        return new KmsAccessMatrix([.. users.Select(static user => user.Text)], answers);
    }

    private IEnumerable<AccessSubject> Subjects() => (User ?? [Environment.UserName]).Select(user => AccessSubject.Parse(user, Group));

    // INVARIANT: fails closed. Whatever goes wrong is an error record and a refusal, never silence and never a yes.
    private KmsAccessResult Answer(AccessQuestion question)
    {
        KmsAccessResult? result = null;
        string? path = AclPath is null ? null : GetUnresolvedProviderPathFromPSPath(AclPath);
        KmsSession session = Session;
        string? provider = Provider;
        string cmdlet = MyInvocation.MyCommand.Name;
        Pump(question.Key ?? question.Subject.Name, async (_, stop) =>
        {
            if (path is not null)
            {
                // Read once: all cells of a table are answered by the same rules.
                result = await question.AskAsync(_rules ??= RulesSource.Read(path), stop).ConfigureAwait(false);
                return;
            }

            KmsSession.Connection connection = await session.ResolveAsync(provider, isTrial: false, stop).ConfigureAwait(false);
            result = await question.AskAsync(connection.For(cmdlet), stop).ConfigureAwait(false);
        });
        return result ?? question.Unanswered();
    }
}
