using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Reads one version; <see langword="null"/> for an unknown one, of which a stock server leaves no audit line.</summary>
internal sealed class GetKeyVersion(IKeyReader store) : IOperation<KeyVersionName, KeyVersion?>
{
    public KmsOperation Verb => KmsOperation.GetKeyVersion;

    public AccessDemand Demand(in KeyVersionName request) => default;

    public async ValueTask<KeySubjects> SubjectsAsync(KeyVersionName request, CancellationToken cancellationToken) =>
        new(One: await store.FindOwnerAsync(request, cancellationToken).ConfigureAwait(false));

    public ValueTask<KeyVersion?> ExecuteAsync(KeyVersionName request, CancellationToken cancellationToken) => ChangeOfUse.UsableAsync(store.FindVersionAsync(request, cancellationToken));

    public AuditNote Describe(in KeyVersionName request, KeyVersion? result) => result is null
        ? new AuditNote(null, request.Value, InHadoopLog: false)
        : new AuditNote(result.Key.Value, request.Value);
}
