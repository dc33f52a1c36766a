using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>The access lists said no. The text is Hadoop's; the rule that decided goes to the audit log and to <c>Test-KmsAccess</c>.</summary>
public sealed class AccessDeniedException : KmsException
{
    /// <summary>Refuses <paramref name="request"/> with the words of the layer that refused it.</summary>
    public AccessDeniedException(in AccessRequest request, AccessDecision decision, string verbName, string? keyAclName)
        : base(ErrorKind.AccessDenied, Text(request, verbName, keyAclName), Advice(request, decision))
    {
        Decision = decision;
        IsKeyLevel = request.KeyAcl is not null;
        Subject = request.Key ?? verbName;
    }

    /// <summary>The decision with its reason and rule.</summary>
    public AccessDecision Decision { get; }

    // SOURCE: Hadoop KMSACLs.assertAccess and KeyAuthorizationKeyProvider.doAccessCheck, checkAccess.
    private static string Text(in AccessRequest request, string verbName, string? keyAclName) => request switch
    {
        { KeyAcl: null, Key: null or "" } => $"User:{request.Caller.ShortName} not allowed to do '{verbName}'",
        { KeyAcl: null } => $"User:{request.Caller.ShortName} not allowed to do '{verbName}' on '{request.Key}'",
        { Verb: KmsOperation.CreateKey } => $"User [{request.Caller.ShortName}] is not authorized to create key !!",
        _ => $"User [{request.Caller.ShortName}] is not authorized to perform [{keyAclName}] on key with ACL name [{request.AclName}]!!",
    };

    private static string Advice(in AccessRequest request, AccessDecision decision) => decision.DecidedBy is { } rule
        ? $"Decided by {rule.Property} ({rule.Place}). Test-KmsAccess -Detailed explains it."
        : $"No rule grants it to {Printable.Text(request.Caller.ShortName)}. Test-KmsAccess -Detailed explains it.";
}
