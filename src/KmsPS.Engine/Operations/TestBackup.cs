using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Brings a backup back for a trial, and decrypts its canaries.</summary>
internal sealed class TestBackup(IKeyProvider store) : IOperation<StoreWork<BackupRequest>, BackupTrial>
{
    public KmsOperation Verb => KmsOperation.TestBackup;

    public AccessDemand Demand(in StoreWork<BackupRequest> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<BackupTrial> ExecuteAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) =>
        StoreWork.Keeper(store).TestBackupAsync(request.How, request.Progress, cancellationToken);

    public AuditNote Describe(in StoreWork<BackupRequest> request, BackupTrial result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"Backup:{result.BackupId} Canaries:{result.Canaries} Failures:{result.Failures.Count}"), InHadoopLog: false);
}
