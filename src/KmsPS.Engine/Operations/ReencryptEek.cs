using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Wraps the same data key, with the same IV, under the current version.</summary>
internal sealed class ReencryptEek(IKeyReader store, IEekProvider eeks) : IOperation<EncryptedKeyVersion, EncryptedKeyVersion>
{
    public KmsOperation Verb => KmsOperation.ReencryptEek;

    public AccessDemand Demand(in EncryptedKeyVersion request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(EncryptedKeyVersion request, CancellationToken cancellationToken) =>
        EekChecks.SubjectsAsync(store, request, cancellationToken);

    public async ValueTask<EncryptedKeyVersion> ExecuteAsync(EncryptedKeyVersion request, CancellationToken cancellationToken)
    {
        EncryptedKeyVersion fresh = (await eeks.ReencryptEeksAsync([request], cancellationToken).ConfigureAwait(false))[0];

        // SOURCE: recorded/crypto/http: one EEK is opened in any case; only in a batch those that are current pass unlooked at.
        return request.Iv.Length == EekBatch.IvLength ? fresh : throw KeyFaults.WrongIvLength();
    }

    public AuditNote Describe(in EncryptedKeyVersion request, EncryptedKeyVersion result) => new(request.Key.Value, result.Version.Value);
}
