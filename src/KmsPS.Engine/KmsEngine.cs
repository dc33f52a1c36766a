using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine;

/// <summary>
/// The front desk: one short method for each thing a KMS does. A server calls it for its clients, a cmdlet for the person at the
/// keyboard; both are decided, executed and audited by the same pipeline.
/// </summary>
public sealed class KmsEngine
{
    private readonly IKeyProvider _store;
    private readonly IAclSource _acls;
    private readonly OperationPipeline _door;
    private readonly CreateKey _create;
    private readonly RollNewVersion _roll;
    private readonly InvalidateCache _invalidate;
    private readonly DeleteKey _delete;
    private readonly RestoreKey _restore;
    private readonly PurgeKey _purge;
    private readonly GetKeys _keys;
    private readonly GetKeysMetadata _keysMetadata;
    private readonly GetMetadata _metadata;
    private readonly GetKeyVersion _version;
    private readonly GetKeyVersions _versions;
    private readonly GetCurrentKey _current;
    private readonly GenerateEek _generate;
    private readonly DecryptEek _decrypt;
    private readonly ReencryptEek _reencrypt;
    private readonly ReencryptEekBatch _reencryptBatch;
    private readonly GetKeyNames? _names;
    private readonly ExportKey _export;
    private readonly ImportKey _import;
    private readonly RekeyStore _rekey;
    private readonly DisableKey _disable;
    private readonly EnableKey _enable;
    private readonly ScheduleDeletion _schedule;
    private readonly CancelDeletion _cancel;
    private readonly DestroyVersion _destroy;
    private readonly GetLifecycle _lifecycle;
    private readonly BackupStore _backup;
    private readonly RestoreStore _restoreStore;
    private readonly TestBackup _testBackup;
    private readonly CheckStore _check;
    private readonly RepairStore _repair;
    private readonly GetRolloverPlan _plan;

    /// <param name="store">Where the keys live; disposed by whoever built the engine.</param>
    /// <param name="acls">The rules in force.</param>
    /// <param name="audit">Where everything is written down.</param>
    /// <param name="time">The clock.</param>
    /// <param name="keyAuthorization">Whether key lists are asked: <c>hadoop.kms.key.authorization.enable</c>.</param>
    /// <param name="meter">Where operations are measured.</param>
    public KmsEngine(IKeyProvider store, IAclSource acls, IAuditTrail audit, TimeProvider time, bool keyAuthorization, KmsMeter? meter = null)
        : this(store, acls, audit, time, new AccessPolicy(keyAuthorization), meter)
    {
    }

    /// <param name="store">Where the keys live; disposed by whoever built the engine.</param>
    /// <param name="acls">The rules in force.</param>
    /// <param name="audit">Where everything is written down.</param>
    /// <param name="time">The clock.</param>
    /// <param name="policy">How the rules are applied.</param>
    /// <param name="meter">Where operations are measured.</param>
    public KmsEngine(IKeyProvider store, IAclSource acls, IAuditTrail audit, TimeProvider time, AccessPolicy policy, KmsMeter? meter = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        IEekProvider eeks = store as IEekProvider ?? new LocalEekProvider(store);
        _store = store;
        Policy = policy;
        _acls = acls;
        _door = new OperationPipeline(acls, store, audit, time, policy, meter);
        _create = new CreateKey(store, policy.KeyAuthorization, policy.NamePattern);
        _roll = new RollNewVersion(store);
        _invalidate = new InvalidateCache(store);
        _delete = new DeleteKey(store);
        _restore = new RestoreKey(store);
        _purge = new PurgeKey(store);
        _keys = new GetKeys(store);
        _keysMetadata = new GetKeysMetadata(store);
        _metadata = new GetMetadata(store);
        _version = new GetKeyVersion(store);
        _versions = new GetKeyVersions(store);
        _current = new GetCurrentKey(store);
        _generate = new GenerateEek(eeks, policy.MaxEeks);
        _decrypt = new DecryptEek(store, eeks);
        _reencrypt = new ReencryptEek(store, eeks);
        _reencryptBatch = new ReencryptEekBatch(store, eeks, policy.MaxEeks);
        _names = policy.HidesKeys ? null : new GetKeyNames(store);
        _export = new ExportKey(store);
        _import = new ImportKey(store, policy.NamePattern);
        _rekey = new RekeyStore(store);
        _disable = new DisableKey(store);
        _enable = new EnableKey(store);
        _schedule = new ScheduleDeletion(store, time, policy.DeletionWait);
        _cancel = new CancelDeletion(store);
        _destroy = new DestroyVersion(store);
        _lifecycle = new GetLifecycle(store);
        _backup = new BackupStore(store);
        _restoreStore = new RestoreStore(store);
        _testBackup = new TestBackup(store);
        _check = new CheckStore(store);
        _repair = new RepairStore(store);
        _plan = new GetRolloverPlan(store, policy.Rollover, time);
    }

    /// <summary>Where the keys live.</summary>
    public ProviderUri Provider => _store.Uri;

    /// <summary>How the rules are applied.</summary>
    public AccessPolicy Policy { get; }

    /// <summary>The rules in force, for explanations.</summary>
    public AclSnapshot Rules => _acls.Current;

    /// <summary>What the rules in force say of a caller, an operation and a key, with reasons. Nothing is executed.</summary>
    /// <param name="caller">Who would ask.</param>
    /// <param name="verb">What would be done.</param>
    /// <param name="key">The key, or <see langword="null"/> for the operation alone.</param>
    /// <param name="looksUp">
    /// Whether the name that access lists know the key by is looked up in any case. Otherwise it is only where the operation's lists let
    /// the caller in, so that nobody learns of a key what the operation itself would not tell.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<AccessReview> ReviewAccessAsync(Caller caller, KmsOperation verb, KeyName? key, bool looksUp, CancellationToken cancellationToken)
    {
        OperationRow row = OperationTable.Of(verb);
        AccessTrial trial = new(verb, row.Acl, row.AlternativeAcl, Policy.KeyAuthorization ? row.KeyAcl : null);
        AclSnapshot rules = Rules;
        string? aclName = null;
        if (key is { } name && trial.KeyAcl is not null && (looksUp || trial.Ask(rules, caller, null, null).Decision.IsAllowed))
        {
            bool isDeleted = verb is KmsOperation.RestoreKey or KmsOperation.PurgeKey;
            KeyMetadata? metadata = !isDeleted ? await _store.FindMetadataAsync(name, cancellationToken).ConfigureAwait(false)
                : _store is ISoftDelete trash ? await trash.FindDeletedAsync(name, cancellationToken).ConfigureAwait(false)
                : null;
            aclName = metadata?.AclName;
        }

        return AccessReview.Make(trial, rules, caller, key?.Value, aclName);
    }

    /// <summary>Makes a key; the answer's material is left out for callers without GET. The caller disposes it.</summary>
    public ValueTask<KeyVersion> CreateKeyAsync(Call call, NewKey key, CancellationToken cancellationToken) => _door.RunAsync(_create, call, key, cancellationToken);

    /// <summary>Makes a new current version; the answer's material is left out for callers without GET. The caller disposes it.</summary>
    public ValueTask<KeyVersion> RollNewVersionAsync(Call call, RollRequest roll, CancellationToken cancellationToken) => _door.RunAsync(_roll, call, roll, cancellationToken);

    /// <summary>Forbids the use of a key, or of one version; gives the key as it is then.</summary>
    public ValueTask<KeyMetadata> DisableKeyAsync(Call call, KeyPart part, CancellationToken cancellationToken) => _door.RunAsync(_disable, call, part, cancellationToken);

    /// <summary>Allows the use of a key, or of one version, again; gives the key as it is then.</summary>
    public ValueTask<KeyMetadata> EnableKeyAsync(Call call, KeyPart part, CancellationToken cancellationToken) => _door.RunAsync(_enable, call, part, cancellationToken);

    /// <summary>Plans a key's deletion and forbids its use until then; gives the key as it is then.</summary>
    public ValueTask<KeyMetadata> ScheduleDeletionAsync(Call call, DeletionPlan plan, CancellationToken cancellationToken) => _door.RunAsync(_schedule, call, plan, cancellationToken);

    /// <summary>Takes a planned deletion back; gives the key as it is then.</summary>
    public ValueTask<KeyMetadata> CancelDeletionAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_cancel, call, key, cancellationToken);

    /// <summary>Destroys one version's material for good, never the current one's; gives the key as it is then.</summary>
    public ValueTask<KeyMetadata> DestroyVersionAsync(Call call, KeyPart part, CancellationToken cancellationToken) => _door.RunAsync(_destroy, call, part, cancellationToken);

    /// <summary>Describes a key and its versions, with their last uses; <see langword="null"/> for an unknown key.</summary>
    public ValueTask<KeyLifecycle?> GetLifecycleAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_lifecycle, call, key, cancellationToken);

    /// <summary>Tells what happens to keys by itself; it is read while the answer is enumerated.</summary>
    public ValueTask<IAsyncEnumerable<PlannedChange>> GetRolloverPlanAsync(Call call, PlanQuery query, CancellationToken cancellationToken) => _door.RunAsync(_plan, call, query, cancellationToken);

    /// <summary>Whether the deletion of some key is due. It tells nobody which, so nobody is asked and nothing is written down.</summary>
    internal ValueTask<bool> HasDueDeletionAsync(CancellationToken cancellationToken) => _plan.HasDueDeletionAsync(cancellationToken);

    /// <summary>Forgets what is cached of a key.</summary>
    public async ValueTask InvalidateCacheAsync(Call call, KeyName key, CancellationToken cancellationToken) =>
        await _door.RunAsync(_invalidate, call, key, cancellationToken).ConfigureAwait(false);

    /// <summary>Deletes a key with all its versions.</summary>
    public async ValueTask DeleteKeyAsync(Call call, KeyName key, CancellationToken cancellationToken) =>
        await _door.RunAsync(_delete, call, key, cancellationToken).ConfigureAwait(false);

    /// <summary>Brings a deleted key back.</summary>
    public ValueTask<KeyMetadata> RestoreKeyAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_restore, call, key, cancellationToken);

    /// <summary>Destroys a deleted key for good.</summary>
    public async ValueTask PurgeKeyAsync(Call call, KeyName key, CancellationToken cancellationToken) =>
        await _door.RunAsync(_purge, call, key, cancellationToken).ConfigureAwait(false);

    /// <summary>Lists keys; they are read while the answer is enumerated.</summary>
    public ValueTask<IAsyncEnumerable<KeyMetadata>> GetKeysAsync(Call call, KeyListing listing, CancellationToken cancellationToken) => _door.RunAsync(_keys, call, listing, cancellationToken);

    /// <summary>Names the keys in use; they are read while the answer is enumerated. Nothing is unsealed for it unless listings are filtered.</summary>
    public async ValueTask<IAsyncEnumerable<KeyName>> GetKeyNamesAsync(Call call, CancellationToken cancellationToken) => _names is not null
        ? await _door.RunAsync(_names, call, KeyListing.InUse, cancellationToken).ConfigureAwait(false)
        : GetKeyNames.Of(await _door.RunAsync(_keys, call, KeyListing.InUse, cancellationToken).ConfigureAwait(false), cancellationToken);

    /// <summary>Whether the store has room for limits of keys.</summary>
    public bool KeepsLimits => _store is IKeyLifecycle;

    /// <summary>What tells which keys would be refused for what they are; <see langword="null"/> where every key can be taken over.</summary>
    public IKeyFormat? Format => _import.Format;

    /// <summary>How many keys the store best takes over at the same time.</summary>
    public int ImportLanes => _store.ImportLanes;

    /// <summary>Reads a key with all its versions, to move it elsewhere; <see langword="null"/> for an unknown one. The caller disposes it.</summary>
    public ValueTask<KeyImage?> ExportKeyAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_export, call, key, cancellationToken);

    /// <summary>Takes over what the store lacks of a key from elsewhere.</summary>
    public async ValueTask ImportKeyAsync(Call call, ImportRequest request, CancellationToken cancellationToken) =>
        await _door.RunAsync(_import, call, request, cancellationToken).ConfigureAwait(false);

    /// <summary>Describes several keys, in the order asked; <see langword="null"/> for an unknown one.</summary>
    public ValueTask<IReadOnlyList<KeyMetadata?>> GetKeysMetadataAsync(Call call, IReadOnlyList<KeyName> keys, CancellationToken cancellationToken) => _door.RunAsync(_keysMetadata, call, keys, cancellationToken);

    /// <summary>Describes one key; <see langword="null"/> for an unknown one.</summary>
    public ValueTask<KeyMetadata?> GetMetadataAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_metadata, call, key, cancellationToken);

    /// <summary>Reads one version with its material; the caller disposes it.</summary>
    public ValueTask<KeyVersion?> GetKeyVersionAsync(Call call, KeyVersionName version, CancellationToken cancellationToken) => _door.RunAsync(_version, call, version, cancellationToken);

    /// <summary>Reads all versions with their material; the caller disposes them.</summary>
    public ValueTask<KeyVersionList> GetKeyVersionsAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_versions, call, key, cancellationToken);

    /// <summary>Reads the current version with its material; the caller disposes it.</summary>
    public ValueTask<KeyVersion?> GetCurrentKeyAsync(Call call, KeyName key, CancellationToken cancellationToken) => _door.RunAsync(_current, call, key, cancellationToken);

    /// <summary>Makes data keys, wrapped; <see langword="null"/> when none were asked for.</summary>
    public ValueTask<EekBatch?> GenerateEekAsync(Call call, GenerateRequest request, CancellationToken cancellationToken) =>
        _door.RunAsync(_generate, call, request, cancellationToken);

    /// <summary>Unwraps a data key; the caller disposes it.</summary>
    public ValueTask<SecretBytes> DecryptEekAsync(Call call, EncryptedKeyVersion eek, CancellationToken cancellationToken) =>
        _door.RunAsync(_decrypt, call, eek, cancellationToken);

    /// <summary>Wraps the same data key under the current version.</summary>
    public ValueTask<EncryptedKeyVersion> ReencryptEekAsync(Call call, EncryptedKeyVersion eek, CancellationToken cancellationToken) =>
        _door.RunAsync(_reencrypt, call, eek, cancellationToken);

    /// <summary>Re-encrypts many EEKs of one key, in their order.</summary>
    public ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEekBatchAsync(Call call, ReencryptBatchRequest request, CancellationToken cancellationToken) =>
        _door.RunAsync(_reencryptBatch, call, request, cancellationToken);

    /// <summary>Replaces the store key.</summary>
    public ValueTask<RekeyReport> RekeyStoreAsync(Call call, StoreWork<RekeyRequest> request, CancellationToken cancellationToken) => _door.RunAsync(_rekey, call, request, cancellationToken);

    /// <summary>Writes everything in the store into a file, encrypted.</summary>
    public ValueTask<BackupReport> BackupStoreAsync(Call call, StoreWork<BackupRequest> request, CancellationToken cancellationToken) => _door.RunAsync(_backup, call, request, cancellationToken);

    /// <summary>Brings a backup back into an empty store.</summary>
    public ValueTask<RestoreReport> RestoreStoreAsync(Call call, StoreWork<RestoreRequest> request, CancellationToken cancellationToken) => _door.RunAsync(_restoreStore, call, request, cancellationToken);

    /// <summary>Brings a backup back for a trial, and decrypts its canaries.</summary>
    public ValueTask<BackupTrial> TestBackupAsync(Call call, StoreWork<BackupRequest> request, CancellationToken cancellationToken) => _door.RunAsync(_testBackup, call, request, cancellationToken);

    /// <summary>Looks at the store, at every row if that is asked.</summary>
    public ValueTask<CheckReport> CheckStoreAsync(Call call, StoreWork<CheckDepth> request, CancellationToken cancellationToken) => _door.RunAsync(_check, call, request, cancellationToken);

    /// <summary>Puts right in the store what can be put right.</summary>
    public ValueTask<RepairReport> RepairStoreAsync(Call call, StoreWork<RepairRequest> request, CancellationToken cancellationToken) => _door.RunAsync(_repair, call, request, cancellationToken);
}
