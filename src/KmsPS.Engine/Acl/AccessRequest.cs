using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>A question to the access lists. With <see cref="AclName"/> it is about a key, without one about an operation.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Operation">Which operation list decides, when <see cref="KeyAcl"/> is <see langword="null"/>.</param>
/// <param name="Verb">What is to be done, for the text of a refusal.</param>
/// <param name="Key">On which key, for the text of a refusal.</param>
/// <param name="KeyAcl">Which key list decides.</param>
/// <param name="AclName">The name that <c>key.acl.*</c> knows the key by.</param>
public readonly record struct AccessRequest(
    Caller Caller,
    AclOperation Operation,
    KmsOperation Verb,
    string? Key = null,
    KeyAclType? KeyAcl = null,
    string? AclName = null);
