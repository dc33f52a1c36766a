using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Engine.Sessions;

/// <summary>A KMS behind HTTP, ours or Hadoop's. Its server decides and audits; here is nothing but the question.</summary>
public sealed class RemoteKms : IKms, IKeyFormat
{
    private readonly KmsRestClient _client;

    /// <param name="provider">The URI, <c>kms://https@h1;h2:9600/kms</c>. No server is asked yet.</param>
    /// <param name="options">How to behave towards the servers.</param>
    /// <exception cref="ConfigurationException">The URI names no server.</exception>
    public RemoteKms(ProviderUri provider, RemoteOptions options)
    {
        Provider = provider;
        _client = new KmsRestClient(KmsAddress.Parse(provider), options);
    }

    /// <inheritdoc/>
    public ProviderUri Provider { get; }

    /// <summary>Delegation tokens of this KMS.</summary>
    public RemoteTokens Tokens => _client.Tokens;

    /// <summary>Whether a server answers and lets this caller in.</summary>
    /// <exception cref="KmsException">None does; the text says of each why.</exception>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken) => await _client.ProbeAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Whether the servers ask strangers for Kerberos tickets; no credential is sent.</summary>
    /// <exception cref="KmsException">None answers.</exception>
    public ValueTask<bool> WantsTicketAsync(CancellationToken cancellationToken) => _client.WantsTicketAsync(cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A stock server has no such request.</remarks>
    public async ValueTask<AccessAnswer> ExplainAccessAsync(AccessInquiry inquiry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inquiry);
        try
        {
            string path = RestPaths.OfExplain(OperationTable.Of(inquiry.Operation).AuditName, inquiry.Key, inquiry.User, inquiry.Groups);
            return AccessAnswer.FromJson(await _client.AdminAsync(path, cancellationToken).ConfigureAwait(false));
        }
        catch (KmsException unknown) when (unknown.Message.Contains("null for uri", StringComparison.Ordinal))
        {
            throw new KmsException(ErrorKind.Unsupported, $"{Provider} cannot explain its access lists: Hadoop's REST interface has no request for it", "Ask the server's file with Test-KmsAccess -AclPath.", inner: unknown);
        }
    }

    /// <inheritdoc/>
    public ValueTask<KeyVersion> CreateKeyAsync(NewKey key, CancellationToken cancellationToken) => _client.CreateAsync(key, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Hadoop's wire cannot roll conditionally: with a stock server an expected version is asked for first.</remarks>
    public ValueTask<KeyVersion> RollNewVersionAsync(RollRequest roll, CancellationToken cancellationToken) =>
        RemoteKeyProvider.RollAsync(_client, roll.Key, roll.Material, roll.ExpectedCurrent, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> DisableKeyAsync(KeyPart part, CancellationToken cancellationToken) =>
        _client.Lifecycle.ChangeAsync(KmsOperation.DisableKey, RestPaths.Disable, part.Key, part.Version, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> EnableKeyAsync(KeyPart part, CancellationToken cancellationToken) =>
        _client.Lifecycle.ChangeAsync(KmsOperation.EnableKey, RestPaths.Enable, part.Key, part.Version, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> ScheduleDeletionAsync(DeletionPlan plan, CancellationToken cancellationToken) =>
        _client.Lifecycle.ChangeAsync(KmsOperation.ScheduleDeletion, RestPaths.Schedule, plan.Key, null, plan.After, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> CancelDeletionAsync(KeyName key, CancellationToken cancellationToken) =>
        _client.Lifecycle.ChangeAsync(KmsOperation.CancelDeletion, RestPaths.Cancel, key, null, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata> DestroyVersionAsync(KeyPart part, CancellationToken cancellationToken) =>
        _client.Lifecycle.ChangeAsync(KmsOperation.DestroyVersion, RestPaths.Destroy, part.Key, part.Version, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IAsyncEnumerable<PlannedChange>> GetRolloverPlanAsync(PlanQuery query, CancellationToken cancellationToken) =>
        (await _client.Lifecycle.PlanAsync(query.Within, cancellationToken).ConfigureAwait(false)).ToAsyncEnumerable();

    /// <inheritdoc/>
    public ValueTask<KeyLifecycle?> GetLifecycleAsync(KeyName key, CancellationToken cancellationToken) => _client.Lifecycle.FindAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask InvalidateCacheAsync(KeyName key, CancellationToken cancellationToken) => _client.InvalidateAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteKeyAsync(KeyName key, CancellationToken cancellationToken) => _client.DeleteAsync(key, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<KeyMetadata> RestoreKeyAsync(KeyName key, CancellationToken cancellationToken)
    {
        await _client.RestoreAsync(key, cancellationToken).ConfigureAwait(false);
        return await _client.MetadataAsync(key, cancellationToken).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(key, Provider.ToString());
    }

    /// <inheritdoc/>
    public ValueTask PurgeKeyAsync(KeyName key, CancellationToken cancellationToken) => _client.PurgeAsync(key, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Names at once, descriptions as they are enumerated. Hadoop's wire cannot list deleted keys.</remarks>
    public async ValueTask<IAsyncEnumerable<KeyMetadata>> GetKeysAsync(KeyListing listing, CancellationToken cancellationToken)
    {
        if (listing == KeyListing.Deleted)
        {
            throw new KmsException(ErrorKind.Unsupported, $"{Provider} cannot list deleted keys: Hadoop's REST interface has no request for it", "List them on the server's host, with the store's own URI.");
        }

        IReadOnlyList<KeyName> names = await _client.NamesAsync(cancellationToken).ConfigureAwait(false);
        return RemoteDescriptions.ListAsync(_client, names, Provider.ToString(), cancellationToken);
    }

    /// <inheritdoc/>
    public bool KeepsHistory => false;

    /// <inheritdoc/>
    public bool KeepsLimits => false;

    /// <inheritdoc/>
    public IKeyFormat? Format => this;

    /// <inheritdoc/>
    public int ImportLanes => 4;

    /// <inheritdoc/>
    public async ValueTask<IAsyncEnumerable<KeyName>> GetKeyNamesAsync(CancellationToken cancellationToken) =>
        (await _client.NamesAsync(cancellationToken).ConfigureAwait(false)).ToAsyncEnumerable();

    /// <inheritdoc/>
    /// <remarks>Two requests, of which the second gives material: both GET_METADATA and GET are needed.</remarks>
    public async ValueTask<KeyImage?> ExportKeyAsync(KeyName key, CancellationToken cancellationToken) =>
        await _client.MetadataAsync(key, cancellationToken).ConfigureAwait(false) is { } metadata
            ? new KeyImage(metadata, await _client.VersionsAsync(key, cancellationToken).ConfigureAwait(false))
            : null;

    /// <inheritdoc/>
    /// <remarks>
    /// A request for each version, so a failure may leave the key with some of them; the next import goes on from there. The key and its
    /// versions get today's date.
    /// </remarks>
    /// <exception cref="KmsException"><see cref="ErrorKind.Unsupported"/>: the server would name the versions otherwise. Nothing was made.</exception>
    public async ValueTask ImportKeyAsync(ImportRequest request, CancellationToken cancellationToken)
    {
        (KeyImage image, int known) = request;
        KeyMetadata key = image.Metadata;
        if (Refusal(image, known) is { } refusal)
        {
            throw refusal;
        }

        for (int number = known; number < image.Versions.Count; number++)
        {
            KeyVersion version = image.Versions[number];
            using KeyVersion made = number == 0
                ? await _client.CreateAsync(new NewKey(key.Name, key.Cipher, key.BitLength, key.Description, key.Attributes, version.Material), cancellationToken).ConfigureAwait(false)
                : await _client.RollAsync(key.Name, version.Material, cancellationToken).ConfigureAwait(false);
            if (made.Name != version.Name)
            {
                throw KeyFaults.Conflict(key.Name, $"{Provider} named its version {version} {made}, for it goes on counting where a deleted key of that name ended. Delete the key there and purge the name, or copy to the server's own store");
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>What only the server knows (that it goes on counting behind a deleted key of the name) shows when the first version is made.</remarks>
    public KmsException? Refusal(KeyImage image, int known)
    {
        ArgumentNullException.ThrowIfNull(image);
        KeyMetadata key = image.Metadata;
        if (!key.Use.IsPlain)
        {
            return KeyFaults.CannotHoldLimits(key.Name, key.Use, Provider.ToString());
        }

        (int number, KeyVersion? other) = image.Versions.Index().FirstOrDefault(each => each.Item.Name != KeyVersionName.Of(key.Name, each.Index));
        return other is null
            ? null
            : KeyFaults.CannotHold(key.Name, Provider.ToString(), $"its server would name the version {other} {Printable.Text(KeyVersionName.Of(key.Name, number).Value)}, and EEKs of it could not be decrypted there");
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<KeyMetadata?>> GetKeysMetadataAsync(IReadOnlyList<KeyName> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        List<KeyMetadata?> found = new(keys.Count);
        await foreach (KeyMetadata? each in _client.MetadataAsync(keys, cancellationToken).ConfigureAwait(false))
        {
            found.Add(each);
        }

        return found;
    }

    /// <inheritdoc/>
    public ValueTask<KeyMetadata?> GetMetadataAsync(KeyName key, CancellationToken cancellationToken) => _client.MetadataAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> GetKeyVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => _client.VersionAsync(version, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<KeyVersionList> GetKeyVersionsAsync(KeyName key, CancellationToken cancellationToken) => new(await _client.VersionsAsync(key, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> GetCurrentKeyAsync(KeyName key, CancellationToken cancellationToken) => _client.CurrentAsync(key, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<EekBatch?> GenerateEekAsync(GenerateRequest request, CancellationToken cancellationToken) =>
        request.Count <= 0 ? null : await _client.GenerateAsync(request.Key, request.Count, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken) => _client.DecryptAsync(eek, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<EncryptedKeyVersion> ReencryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken) => _client.ReencryptAsync(eek, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEekBatchAsync(ReencryptBatchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Eeks.Any(eek => eek.Key != request.Key)
            ? throw new KmsException(ErrorKind.InvalidRequest, "All EncryptedKey must have the same key name.", "Send a batch for each key.") { Subject = request.Key.Value }
            : _client.ReencryptAsync(request.Key, request.Eeks, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<RekeyReport> RekeyStoreAsync(StoreWork<RekeyRequest> request, CancellationToken cancellationToken) => throw NotOverHttp("The store key is replaced");

    /// <inheritdoc/>
    public ValueTask<BackupReport> BackupStoreAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) => throw NotOverHttp("A store is backed up");

    /// <inheritdoc/>
    public ValueTask<RestoreReport> RestoreStoreAsync(StoreWork<RestoreRequest> request, CancellationToken cancellationToken) => throw NotOverHttp("A backup is brought back");

    /// <inheritdoc/>
    public ValueTask<BackupTrial> TestBackupAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken) => throw NotOverHttp("A backup is tried");

    /// <inheritdoc/>
    public ValueTask<CheckReport> CheckStoreAsync(StoreWork<CheckDepth> request, CancellationToken cancellationToken) => throw NotOverHttp("A store is checked");

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairStoreAsync(StoreWork<RepairRequest> request, CancellationToken cancellationToken) => throw NotOverHttp("A store is repaired");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private KmsException NotOverHttp(string what) =>
        new(ErrorKind.Unsupported, $"{what} where the store can be opened, not through {Provider}", "Name the store's own URI, on the server's host: sqlite:// or postgres://.");
}
