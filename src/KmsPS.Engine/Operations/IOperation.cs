using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Operations;

/// <summary>One thing that a KMS can do. It neither decides nor audits: the pipeline does both around it.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResult">What is answered.</typeparam>
public interface IOperation<TRequest, TResult>
{
    /// <summary>Its row in <see cref="OperationTable"/>.</summary>
    KmsOperation Verb { get; }

    /// <summary>What the operation lists are asked. Pure: no store is touched before they agree.</summary>
    AccessDemand Demand(in TRequest request);

    /// <summary>
    /// The keys whose own lists are asked next, after the checks that come before them. May read metadata, never material.
    /// </summary>
    ValueTask<KeySubjects> SubjectsAsync(TRequest request, CancellationToken cancellationToken);

    /// <summary>Does it.</summary>
    ValueTask<TResult> ExecuteAsync(TRequest request, CancellationToken cancellationToken);

    /// <summary>What the audit log says of a success.</summary>
    AuditNote Describe(in TRequest request, TResult result);

    /// <summary>The answer for a caller who may not see material; takes over <paramref name="result"/>.</summary>
    TResult HideMaterial(TResult result) => result;

    /// <summary>The answer without the keys on which the caller has no right; takes over <paramref name="result"/>.</summary>
    TResult Narrow(in TRequest request, TResult result, AclSnapshot acl, Caller caller) => result;
}

/// <summary>What an operation asks of the operation lists.</summary>
/// <param name="Key">The key, for the text of a refusal; <see langword="null"/> for operations that name none.</param>
/// <param name="GivesMaterial">Whether the caller supplies material: SET_KEY_MATERIAL is demanded as well.</param>
public readonly record struct AccessDemand(string? Key, bool GivesMaterial = false);

/// <summary>The keys that an operation is about.</summary>
/// <param name="One">A single key.</param>
/// <param name="Many">Several, each of which must agree.</param>
/// <param name="New">A key that is to be made.</param>
/// <param name="Deleted">A key that is deleted.</param>
/// <param name="Uses">How often the single key's list is asked: a stock server asks once for each EEK.</param>
public readonly record struct KeySubjects(KeyName? One = null, IReadOnlyList<KeyName>? Many = null, NewKey? New = null, KeyName? Deleted = null, int Uses = 1)
{
    /// <summary>No key's list is asked.</summary>
    public static KeySubjects None => default;
}

/// <summary>What the audit log says of a success.</summary>
/// <param name="Key">The key.</param>
/// <param name="Version">The version that was made or used.</param>
/// <param name="Extra">What Hadoop's line says after the bracket.</param>
/// <param name="Count">Number of keys or EEKs, where it is not one.</param>
/// <param name="InHadoopLog">Whether a stock server writes a line at all.</param>
public readonly record struct AuditNote(string? Key, string? Version = null, string Extra = "", int? Count = null, bool InHadoopLog = true);
