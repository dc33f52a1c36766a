using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Puts right in a store what can be put right.</summary>
internal sealed class RepairStore(IKeyProvider store) : IOperation<StoreWork<RepairRequest>, RepairReport>
{
    public KmsOperation Verb => KmsOperation.RepairStore;

    public AccessDemand Demand(in StoreWork<RepairRequest> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(StoreWork<RepairRequest> request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<RepairReport> ExecuteAsync(StoreWork<RepairRequest> request, CancellationToken cancellationToken) =>
        StoreWork.Keeper(store).RepairAsync(request.How, request.Progress, cancellationToken);

    public AuditNote Describe(in StoreWork<RepairRequest> request, RepairReport result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"Trial:{(request.How.IsTrial ? "true" : "false")} Repairs:{result.Repairs.Count} Failures:{result.Failures.Count}"), InHadoopLog: false);
}
