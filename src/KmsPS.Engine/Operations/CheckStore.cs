using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>How closely a store is looked at.</summary>
public enum CheckDepth
{
    /// <summary>Its pages, and whether its store key is the right one.</summary>
    Shallow,

    /// <summary>Every row besides.</summary>
    Deep,
}

/// <summary>Looks at a store.</summary>
internal sealed class CheckStore(IKeyProvider store) : IOperation<StoreWork<CheckDepth>, CheckReport>
{
    public KmsOperation Verb => KmsOperation.CheckStore;

    public AccessDemand Demand(in StoreWork<CheckDepth> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(StoreWork<CheckDepth> request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<CheckReport> ExecuteAsync(StoreWork<CheckDepth> request, CancellationToken cancellationToken) =>
        StoreWork.Keeper(store).CheckAsync(request.How == CheckDepth.Deep, request.Progress, cancellationToken);

    public AuditNote Describe(in StoreWork<CheckDepth> request, CheckReport result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"Depth:{request.How} Versions:{result.Counts.Versions} Failures:{result.Failures.Count}"), InHadoopLog: false);
}
