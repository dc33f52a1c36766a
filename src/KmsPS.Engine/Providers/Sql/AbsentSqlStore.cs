using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// A store that is not there, where only is asked what would be done (<see cref="ProviderContext.IsTrial"/>): empty, with room for all that
/// such a store holds, and it takes nothing.
/// </summary>
/// <param name="uri">Where it would be.</param>
internal sealed class AbsentSqlStore(ProviderUri uri) : IKeyProvider, IKeyLifecycle
{
    public ProviderUri Uri => uri;

    public IStoreKeeper Keeper { get; } = new NoKeeper(uri);

    public ValueTask SelfTestAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) => default;

    public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) => default;

    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => default;

    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) => default;

    public ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken) => default;

    public ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken) => default;

    public ValueTask<KeyImage?> ReadImageAsync(KeyName key, CancellationToken cancellationToken) => default;

    public IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, CancellationToken cancellationToken) => AsyncEnumerable.Empty<KeyVersion>();

    public IAsyncEnumerable<KeyMetadata> ListAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<KeyMetadata>();

    public IAsyncEnumerable<KeyMetadata> ListDeletedAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<KeyMetadata>();

    public IAsyncEnumerable<KeyMetadata> ListDueAsync(DateTimeOffset by, CancellationToken cancellationToken) => AsyncEnumerable.Empty<KeyMetadata>();

    public void NoteUse(KeyVersionName version)
    {
        // No version of it can have been used.
    }

    public ValueTask FlushUsesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken) => throw Absent(uri);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static KmsException Absent(ProviderUri uri) =>
        new(ErrorKind.StoreUnavailable, $"There is no store {uri}", "Name one that is there. A store is made when it is opened without -WhatIf.") { Subject = uri.ToString() };

    private sealed class NoKeeper(ProviderUri uri) : IStoreKeeper
    {
        public ValueTask<RekeyReport> RekeyAsync(RekeyRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) => throw Absent(uri);

        public ValueTask<BackupReport> BackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) => throw Absent(uri);

        public ValueTask<RestoreReport> RestoreAsync(RestoreRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) => throw Absent(uri);

        public ValueTask<BackupTrial> TestBackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) => throw Absent(uri);

        public ValueTask<CheckReport> CheckAsync(bool isDeep, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) => throw Absent(uri);

        public ValueTask<RepairReport> RepairAsync(RepairRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) => throw Absent(uri);
    }
}
