using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Operations;

/// <summary>Unwraps a data key; whoever gets it disposes it.</summary>
internal sealed class DecryptEek(IKeyReader store, IEekProvider eeks) : IOperation<EncryptedKeyVersion, SecretBytes>
{
    public KmsOperation Verb => KmsOperation.DecryptEek;

    public AccessDemand Demand(in EncryptedKeyVersion request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(EncryptedKeyVersion request, CancellationToken cancellationToken) =>
        EekChecks.SubjectsAsync(store, request, cancellationToken);

    public ValueTask<SecretBytes> ExecuteAsync(EncryptedKeyVersion request, CancellationToken cancellationToken) => eeks.DecryptEekAsync(request, cancellationToken);

    public AuditNote Describe(in EncryptedKeyVersion request, SecretBytes result) => new(request.Key.Value, request.Version.Value);
}
