using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>A rotation, with whom to tell how far it has come.</summary>
/// <param name="How">How the store key is to be replaced.</param>
/// <param name="Progress">Whom to tell; <see langword="null"/> for nobody.</param>
public sealed record RekeyStoreRequest(RekeyRequest How, IProgress<StoreProgress>? Progress = null);

/// <summary>Replaces the store key.</summary>
internal sealed class RekeyStore(IKeyProvider store) : IOperation<RekeyStoreRequest, RekeyReport>
{
    public KmsOperation Verb => KmsOperation.RekeyStore;

    public AccessDemand Demand(in RekeyStoreRequest request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(RekeyStoreRequest request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<RekeyReport> ExecuteAsync(RekeyStoreRequest request, CancellationToken cancellationToken) =>
        Keeper(store).RekeyAsync(request.How, request.Progress, cancellationToken);

    public AuditNote Describe(in RekeyStoreRequest request, RekeyReport result) =>
        new(Key: null, Extra: string.Create(CultureInfo.InvariantCulture, $"StoreKey:{result.StoreKeyId} Resealed:{result.Resealed} Finished:{(result.IsFinished ? "true" : "false")}"), InHadoopLog: false);

    /// <summary>What cares for the store.</summary>
    /// <exception cref="KmsException">Nothing does: it is a server, or has no store key.</exception>
    internal static IStoreKeeper Keeper(IKeyProvider store) => store.Keeper
        ?? throw new KmsException(ErrorKind.Unsupported, $"{store.Uri} has no store to administer", "Name the store's own URI on a machine that can open it: sqlite://, postgres:// or jceks://.");
}
