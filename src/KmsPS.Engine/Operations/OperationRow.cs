using KmsPS.Engine.Acl;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Operations;

/// <summary>What one operation demands and how it is written down.</summary>
/// <param name="Verb">The operation.</param>
/// <param name="AuditName">Its name in audit lines and refusals.</param>
/// <param name="Acl">The operation list that guards it.</param>
/// <param name="AlternativeAcl">Another list that will do as well.</param>
/// <param name="KeyAcl">The key list that guards it, where there is one.</param>
/// <param name="IsAggregated">Whether successes are counted instead of written one by one.</param>
/// <param name="HidesMaterial">Whether the answer's material is left out for callers without GET.</param>
/// <param name="ChangesStore">Whether it writes.</param>
/// <param name="ListsKeys">Whether its answer may be narrowed to keys on which the caller has a right.</param>
public sealed record OperationRow(
    KmsOperation Verb,
    string AuditName,
    AclOperation Acl,
    KeyAclType? KeyAcl,
    bool IsAggregated = false,
    bool HidesMaterial = false,
    bool ChangesStore = false,
    bool ListsKeys = false,
    AclOperation? AlternativeAcl = null);
