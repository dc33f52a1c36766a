using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>EEKs of one key that are to be wrapped under its current version.</summary>
/// <param name="Key">The key.</param>
/// <param name="Eeks">The EEKs.</param>
/// <param name="Malformed">What is wrong with one that could not be read; it is told only to callers who have the right.</param>
public sealed record ReencryptBatchRequest(KeyName Key, IReadOnlyList<EncryptedKeyVersion> Eeks, KmsException? Malformed = null);

/// <summary>Re-encrypts many EEKs of one key, in their order; one bad element refuses all.</summary>
/// <param name="store">Knows whose versions they are.</param>
/// <param name="eeks">Who wraps them.</param>
/// <param name="maxCount">Most in one request.</param>
internal sealed class ReencryptEekBatch(IKeyReader store, IEekProvider eeks, int maxCount) : IOperation<ReencryptBatchRequest, IReadOnlyList<EncryptedKeyVersion>>
{
    public KmsOperation Verb => KmsOperation.ReencryptEekBatch;

    public AccessDemand Demand(in ReencryptBatchRequest request) => new(request.Key.Value);

    public async ValueTask<KeySubjects> SubjectsAsync(ReencryptBatchRequest request, CancellationToken cancellationToken)
    {
        RequireWellFormed(request);
        if (request.Eeks.Count == 0)
        {
            return KeySubjects.None;
        }

        foreach (EncryptedKeyVersion eek in request.Eeks)
        {
            await EekChecks.RequireOwnerAsync(store, request.Key, eek.Version, cancellationToken).ConfigureAwait(false);
        }

        return new KeySubjects(One: request.Key);
    }

    public ValueTask<IReadOnlyList<EncryptedKeyVersion>> ExecuteAsync(ReencryptBatchRequest request, CancellationToken cancellationToken)
    {
        RequireWellFormed(request);
        return request.Eeks.Count <= maxCount
            ? eeks.ReencryptEeksAsync(request.Eeks, cancellationToken)
            : throw new KmsException(
                ErrorKind.LimitExceeded,
                string.Create(CultureInfo.InvariantCulture, $"{request.Eeks.Count} EEKs were sent; at most {maxCount} are re-encrypted in one request"),
                "Send fewer at a time.") { Subject = request.Key.Value };
    }

    public AuditNote Describe(in ReencryptBatchRequest request, IReadOnlyList<EncryptedKeyVersion> result) =>
        new(request.Key.Value, Extra: string.Create(CultureInfo.InvariantCulture, $"reencrypted {request.Eeks.Count} keys"), Count: request.Eeks.Count);

    // SOURCE: Hadoop KMS.reencryptEncryptedKeys asks its list before it reads the elements.
    private static void RequireWellFormed(ReencryptBatchRequest request)
    {
        if (request.Malformed is { } malformed)
        {
            throw malformed;
        }
    }
}
