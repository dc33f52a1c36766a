using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Replaces the store key.</summary>
internal sealed class RekeyStore(IKeyProvider store) : IOperation<StoreWork<RekeyRequest>, RekeyReport>
{
    public KmsOperation Verb => KmsOperation.RekeyStore;

    public AccessDemand Demand(in StoreWork<RekeyRequest> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(StoreWork<RekeyRequest> request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<RekeyReport> ExecuteAsync(StoreWork<RekeyRequest> request, CancellationToken cancellationToken) =>
        StoreWork.Keeper(store).RekeyAsync(request.How, request.Progress, cancellationToken);

    public AuditNote Describe(in StoreWork<RekeyRequest> request, RekeyReport result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"StoreKey:{result.StoreKeyId} Resealed:{result.Resealed} Finished:{(result.IsFinished ? "true" : "false")}"), InHadoopLog: false);
}
