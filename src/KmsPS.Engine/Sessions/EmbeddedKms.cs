using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Sessions;

/// <summary>A KMS in this process: the engine itself, asked by one caller. Decided and audited as a request over HTTP is.</summary>
/// <param name="engine">The front desk.</param>
/// <param name="call">Who asks, and by which cmdlet; <see cref="As"/> binds another one to the same engine.</param>
/// <param name="owned">What is disposed with the session (the store, the audit trail); <see langword="null"/> if somebody else does.</param>
public sealed class EmbeddedKms(KmsEngine engine, Call call, IAsyncDisposable? owned = null) : IKms
{
    /// <summary>The engine, for what only an embedded one can answer (the rules in force).</summary>
    public KmsEngine Engine => engine;

    /// <summary>Who asks.</summary>
    public Call Call => call;

    /// <inheritdoc/>
    public ProviderUri Provider => engine.Provider;

    /// <summary>The same engine for another call. It owns nothing: dispose the session that it came from.</summary>
    public EmbeddedKms As(Call other) => new(engine, other);

    /// <inheritdoc/>
    /// <remarks>Whoever runs the process may read its files, so anything may be asked here. Groups are those that are given.</remarks>
    public async ValueTask<AccessAnswer> ExplainAccessAsync(AccessInquiry inquiry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inquiry);
        Caller who = inquiry is { User: null, Groups: null }
            ? call.Caller
            : new Caller(inquiry.User ?? call.Caller.ShortName, inquiry.User ?? call.Caller.FullName, call.Caller.Method, NameSet.Of(inquiry.Groups ?? []));
        return AccessAnswer.Of(await engine.ReviewAccessAsync(who, inquiry.Operation, inquiry.Key, looksUp: true, cancellationToken).ConfigureAwait(false), engine.Policy);
    }

    /// <inheritdoc/>
    public ValueTask<KeyVersion> CreateKeyAsync(NewKey key, CancellationToken cancellationToken) => engine.CreateKeyAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion> RollNewVersionAsync(RollRequest roll, CancellationToken cancellationToken) => engine.RollNewVersionAsync(call, roll, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> DisableKeyAsync(KeyPart part, CancellationToken cancellationToken) => engine.DisableKeyAsync(call, part, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> EnableKeyAsync(KeyPart part, CancellationToken cancellationToken) => engine.EnableKeyAsync(call, part, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> ScheduleDeletionAsync(DeletionPlan plan, CancellationToken cancellationToken) => engine.ScheduleDeletionAsync(call, plan, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> CancelDeletionAsync(KeyName key, CancellationToken cancellationToken) => engine.CancelDeletionAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> DestroyVersionAsync(KeyPart part, CancellationToken cancellationToken) => engine.DestroyVersionAsync(call, part, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyLifecycle?> GetLifecycleAsync(KeyName key, CancellationToken cancellationToken) => engine.GetLifecycleAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IAsyncEnumerable<PlannedChange>> GetRolloverPlanAsync(PlanQuery query, CancellationToken cancellationToken) => engine.GetRolloverPlanAsync(call, query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask InvalidateCacheAsync(KeyName key, CancellationToken cancellationToken) => engine.InvalidateCacheAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteKeyAsync(KeyName key, CancellationToken cancellationToken) => engine.DeleteKeyAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> RestoreKeyAsync(KeyName key, CancellationToken cancellationToken) => engine.RestoreKeyAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask PurgeKeyAsync(KeyName key, CancellationToken cancellationToken) => engine.PurgeKeyAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IAsyncEnumerable<KeyMetadata>> GetKeysAsync(KeyListing listing, CancellationToken cancellationToken) => engine.GetKeysAsync(call, listing, cancellationToken);

    /// <inheritdoc/>
    public bool KeepsHistory => true;

    /// <inheritdoc/>
    public bool KeepsLimits => engine.KeepsLimits;

    /// <inheritdoc/>
    public IKeyFormat? Format => engine.Format;

    /// <inheritdoc/>
    public int ImportLanes => engine.ImportLanes;

    /// <inheritdoc/>
    public ValueTask<IAsyncEnumerable<KeyName>> GetKeyNamesAsync(CancellationToken cancellationToken) => engine.GetKeyNamesAsync(call, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyImage?> ExportKeyAsync(KeyName key, CancellationToken cancellationToken) => engine.ExportKeyAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ImportKeyAsync(ImportRequest request, CancellationToken cancellationToken) => engine.ImportKeyAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KeyMetadata?>> GetKeysMetadataAsync(IReadOnlyList<KeyName> keys, CancellationToken cancellationToken) => engine.GetKeysMetadataAsync(call, keys, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata?> GetMetadataAsync(KeyName key, CancellationToken cancellationToken) => engine.GetMetadataAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> GetKeyVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => engine.GetKeyVersionAsync(call, version, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersionList> GetKeyVersionsAsync(KeyName key, CancellationToken cancellationToken) => engine.GetKeyVersionsAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> GetCurrentKeyAsync(KeyName key, CancellationToken cancellationToken) => engine.GetCurrentKeyAsync(call, key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<EekBatch?> GenerateEekAsync(GenerateRequest request, CancellationToken cancellationToken) => engine.GenerateEekAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken) => engine.DecryptEekAsync(call, eek, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<EncryptedKeyVersion> ReencryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken) => engine.ReencryptEekAsync(call, eek, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEekBatchAsync(ReencryptBatchRequest request, CancellationToken cancellationToken) => engine.ReencryptEekBatchAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RekeyReport> RekeyStoreAsync(StoreWork<RekeyRequest> request, CancellationToken cancellationToken) => engine.RekeyStoreAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BackupReport> BackupStoreAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) => engine.BackupStoreAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RestoreReport> RestoreStoreAsync(StoreWork<RestoreRequest> request, CancellationToken cancellationToken) => engine.RestoreStoreAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BackupTrial> TestBackupAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) => engine.TestBackupAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CheckReport> CheckStoreAsync(StoreWork<CheckDepth> request, CancellationToken cancellationToken) => engine.CheckStoreAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairStoreAsync(StoreWork<RepairRequest> request, CancellationToken cancellationToken) => engine.RepairStoreAsync(call, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}
