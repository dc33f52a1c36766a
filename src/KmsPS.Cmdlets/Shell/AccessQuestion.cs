using KmsPS.Engine.Acl;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Asks access lists what the pipeline would ask them: first the operation's lists, then the key's.</summary>
/// <param name="Verb">What.</param>
/// <param name="Subject">Who.</param>
/// <param name="Key">To which key; <see langword="null"/> asks the operation alone.</param>
internal sealed record AccessQuestion(KmsOperation Verb, AccessSubject Subject, string? Key)
{
    /// <summary>Asks the rules of a file.</summary>
    internal async ValueTask<KmsAccessResult> AskAsync(AclSnapshot rules, CancellationToken cancellationToken)
    {
        KeyName? key = Parsed();
        OperationRow row = OperationTable.Of(Verb);
        AccessTrial trial = new(Verb, row.Acl, row.AlternativeAcl, row.KeyAcl);
        Caller caller = new(Subject.Name, Subject.Name, AuthenticationMethod.Process, await Subject.FindGroupsAsync(cancellationToken).ConfigureAwait(false));
        return Result(AccessAnswer.Of(AccessReview.Make(trial, rules, caller, key?.Value), new AccessPolicy(KeyAuthorization: true)));
    }

    /// <summary>Asks the rules in force over a connection.</summary>
    internal async ValueTask<KmsAccessResult> AskAsync(IKms kms, CancellationToken cancellationToken)
    {
        KeyName? key = Parsed();
        IReadOnlyList<string>? groups = Subject.Groups;
        if (kms is EmbeddedKms embedded)
        {
            Caller self = embedded.Call.Caller;
            groups ??= [.. Subject.Name == self.ShortName ? self.Groups : await Subject.FindGroupsAsync(cancellationToken).ConfigureAwait(false)];
            await RequireKeyAsync(kms, key, cancellationToken).ConfigureAwait(false);
        }

        // A server knows itself which groups a user is in.
        return Result(await kms.ExplainAccessAsync(new AccessInquiry(Verb, key, Subject.Name, groups), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The answer to a question that could not be answered.</summary>
    internal KmsAccessResult Unanswered() => new()
    {
        Allowed = false,
        User = Subject.Name,
        Groups = [.. Subject.Groups ?? []],
        Operation = Verb.ToString(),
        Key = Key,
        Rule = null,
        Place = null,
        Reason = "NotAnswered",
        Explanation = "The question could not be answered; the error says why. What is not known to be allowed is denied.",
    };

    private KeyName? Parsed() => Key is null ? null : KeyName.Parse(Key);

    // A question about a key that is not there is a mistake of whoever asks. Who may not look does not learn it here.
    private async ValueTask RequireKeyAsync(IKms kms, KeyName? key, CancellationToken cancellationToken)
    {
        if (key is not { } name || Verb is KmsOperation.CreateKey or KmsOperation.ImportKey or KmsOperation.RestoreKey or KmsOperation.PurgeKey or KmsOperation.GetKeys)
        {
            return;
        }

        bool isThere;
        try
        {
            isThere = await kms.GetMetadataAsync(name, cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (KmsException refused) when (refused.Kind == ErrorKind.AccessDenied)
        {
            isThere = true;
        }

        if (!isThere)
        {
            throw KeyFaults.DoesNotExist(name, kms.Provider.ToString());
        }
    }

    private KmsAccessResult Result(AccessAnswer answer) => new()
    {
        Allowed = answer.Allowed,
        User = answer.User,
        Groups = [.. answer.Groups],
        Operation = Verb.ToString(),
        Key = answer.Key,
        Layer = answer.Layer,
        Rule = answer.Rule,
        Place = answer.Place,
        Reason = answer.Reason,
        Explanation = answer.Explanation,
        Considered = [.. answer.Considered.Select(static each => new KmsAccessRule { Layer = each.Layer, Rule = each.Property, Place = each.Place, Matches = each.Matches })],
        Change = [.. answer.Change],
        Mode = answer.Mode,
    };
}
