using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Writes everything in a store into a file, encrypted.</summary>
internal sealed class BackupStore(IKeyProvider store) : IOperation<StoreWork<BackupRequest>, BackupReport>
{
    public KmsOperation Verb => KmsOperation.BackupStore;

    public AccessDemand Demand(in StoreWork<BackupRequest> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<BackupReport> ExecuteAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) =>
        StoreWork.Keeper(store).BackupAsync(request.How, request.Progress, cancellationToken);

    public AuditNote Describe(in StoreWork<BackupRequest> request, BackupReport result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"Backup:{result.Id} Path:{result.Path} Versions:{result.Counts.Versions} Missing:{result.Failures.Count}"), InHadoopLog: false);
}
