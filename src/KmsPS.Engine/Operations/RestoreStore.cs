using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Brings a backup back into an empty store.</summary>
internal sealed class RestoreStore(IKeyProvider store) : IOperation<StoreWork<RestoreRequest>, RestoreReport>
{
    public KmsOperation Verb => KmsOperation.RestoreStore;

    public AccessDemand Demand(in StoreWork<RestoreRequest> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(StoreWork<RestoreRequest> request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<RestoreReport> ExecuteAsync(StoreWork<RestoreRequest> request, CancellationToken cancellationToken) =>
        StoreWork.Keeper(store).RestoreAsync(request.How, request.Progress, cancellationToken);

    public AuditNote Describe(in StoreWork<RestoreRequest> request, RestoreReport result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"Backup:{result.BackupId} Epoch:{result.Epoch} EpochId:{result.EpochId} Versions:{result.Counts.Versions}"), InHadoopLog: false);
}
