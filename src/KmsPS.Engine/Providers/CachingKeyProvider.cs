using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine.Providers;

/// <summary>
/// Remembers metadata, current versions and versions of another provider. A hit completes at once, without a lock or a system
/// call, and allocates only the handle that it gives out.
/// </summary>
/// <remarks>
/// INVARIANT: what any server changed and answered is seen by the next call here, where the store tells of changes
/// (<see cref="IChangeSource"/>), and after <see cref="CacheLimits.Recheck"/> in any case; over other stores that holds for this
/// provider's own changes. What is not there is not remembered, so a new key is found at once. While a store is away, or silent for
/// longer than <see cref="CacheLimits.Patience"/>, what is remembered is served up to <see cref="CacheLimits.Outage"/>: what is current, unless
/// something of its slot is known to have been rolled; versions and metadata, unless something is known to have been taken away. So
/// whatever was encrypted is decrypted, whatever was made or rolled last; metadata may tell of one version too few then.
/// </remarks>
public class CachingKeyProvider : IKeyProvider, IInvalidatable
{
    private const int LocalSlots = 1024;

    private readonly IChangeSource? _changes;
    private readonly TimeProvider _time;
    private readonly long _versionTicks;
    private readonly long _currentTicks;
    private readonly long _outageTicks;
    private readonly StorePatience _patience;
    private readonly long[] _local = new long[LocalSlots];
    private readonly long[] _replacements = new long[LocalSlots];
    private readonly long[] _removals = new long[LocalSlots];
    private readonly long[] _doubts = new long[LocalSlots];
    private readonly CacheTable<KeyMetadata> _metadata;
    private readonly CacheTable<KeyVersion> _current;
    private readonly CacheTable<KeyVersion> _versions;

    private protected CachingKeyProvider(IKeyProvider inner, TimeProvider time, CacheLimits limits)
    {
        Inner = inner;
        _changes = inner as IChangeSource;
        _time = CoarseClock.Of(time);
        _versionTicks = Ticks(_changes is null ? limits.VersionLifetime : limits.Recheck, _time);
        _currentTicks = Ticks(_changes is null ? limits.CurrentLifetime : limits.Recheck, _time);
        _outageTicks = Ticks(limits.Outage, _time);
        _patience = new StorePatience(inner.Uri, limits.Patience, time);
        _metadata = new CacheTable<KeyMetadata>(limits.MaxEntries, static _ => { });
        _current = new CacheTable<KeyVersion>(limits.MaxEntries, static version => version.Dispose());
        _versions = new CacheTable<KeyVersion>(limits.MaxEntries, static version => version.Dispose());
    }

    /// <summary>A cache over <paramref name="inner"/>, which it owns; it can what that one can.</summary>
    public static CachingKeyProvider Over(IKeyProvider inner, TimeProvider time, CacheLimits? limits = null) => inner switch
    {
        IKeyLifecycle lifecycle => new CachingLifecycleProvider(inner, lifecycle, time, limits ?? new CacheLimits()),
        ISoftDelete trash => new CachingSoftDeleteProvider(inner, trash, time, limits ?? new CacheLimits()),
        _ => new CachingKeyProvider(inner, time, limits ?? new CacheLimits()),
    };

    /// <summary>What is remembered of.</summary>
    public IKeyProvider Inner { get; }

    /// <inheritdoc/>
    public ProviderUri Uri => Inner.Uri;

    /// <inheritdoc/>
    public IStoreKeeper? Keeper => Inner.Keeper;

    /// <inheritdoc/>
    public int ImportLanes => Inner.ImportLanes;

    /// <inheritdoc/>
    public IKeyFormat? Format => Inner.Format;

    /// <summary>Number of versions remembered, for tests.</summary>
    internal int RememberedVersions => _versions.Count;

    /// <inheritdoc/>
    public ValueTask SelfTestAsync(CancellationToken cancellationToken) => Inner.SelfTestAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) =>
        _metadata.Find(key.Value) is { } entry && IsFresh(entry.Stamp, _currentTicks)
            ? new ValueTask<KeyMetadata?>(entry.Value)
            : LoadMetadataAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) =>
        _versions.Find(version.Value) is { } entry && IsFresh(entry.Stamp, _versionTicks)
            ? new ValueTask<KeyName?>(entry.Value.Key)
            : LoadOwnerAsync(version, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) =>
        _versions.Find(version.Value) is { } entry && IsFresh(entry.Stamp, _versionTicks) && entry.Value.TryShare() is { } shared
            ? new ValueTask<KeyVersion?>(shared)
            : LoadVersionAsync(version, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) =>
        _current.Find(key.Value) is { } entry && IsFresh(entry.Stamp, _currentTicks) && entry.Value.TryShare() is { } shared
            ? new ValueTask<KeyVersion?>(shared)
            : LoadCurrentAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, CancellationToken cancellationToken) => Inner.ListVersionsAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyMetadata> ListAsync(CancellationToken cancellationToken) => Inner.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<KeyName> ListNamesAsync(CancellationToken cancellationToken) => Inner.ListNamesAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken)
    {
        try
        {
            KeyVersion made = await Inner.CreateAsync(key, cancellationToken).ConfigureAwait(false);
            Recheck(key.Name);
            return made;
        }
        catch
        {
            Doubt(key.Name);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken)
    {
        try
        {
            KeyVersion made = await Inner.RollAsync(key, material, expectedCurrent, cancellationToken).ConfigureAwait(false);
            Forget(key);
            return made;
        }
        catch
        {
            Doubt(key);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        try
        {
            await Inner.ImportAsync(image, known, cancellationToken).ConfigureAwait(false);
            if (known == 0)
            {
                Recheck(image.Metadata.Name);
            }
            else
            {
                Forget(image.Metadata.Name);
            }
        }
        catch
        {
            Doubt(image.Metadata.Name);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
            Remove(key);
        }
        catch
        {
            Doubt(key);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask InvalidateAsync(KeyName key, CancellationToken cancellationToken)
    {
        if (Inner is IInvalidatable cache)
        {
            await cache.InvalidateAsync(key, cancellationToken).ConfigureAwait(false);
        }

        Remove(key);
    }

    /// <summary>Forgets everything, zeroes the material, and closes the inner provider.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _metadata.Clear();
        _current.Clear();
        _versions.Clear();
        await Inner.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Has the store asked again for everything of the key's slot. In an outage all of it still stands.</summary>
    private protected void Recheck(KeyName key) => Interlocked.Increment(ref _local[SlotOf(key) % LocalSlots]);

    /// <summary>As <see cref="Recheck"/>, and in an outage what was current does not stand; versions and metadata do.</summary>
    private protected void Forget(KeyName key)
    {
        Interlocked.Increment(ref _replacements[SlotOf(key) % LocalSlots]);
        Recheck(key);
    }

    /// <summary>Gives up what is remembered of a version.</summary>
    private protected void Drop(KeyVersionName version) => _versions.Remove(version.Value);

    /// <summary>As <see cref="Forget"/>, and nothing stands in an outage either.</summary>
    private protected void Remove(KeyName key)
    {
        Interlocked.Increment(ref _removals[SlotOf(key) % LocalSlots]);
        Forget(key);
    }

    /// <summary>A change failed, or nobody knows: the store must be asked again, and only if it is away the old answer stands.</summary>
    private protected void Doubt(KeyName key) => Interlocked.Increment(ref _doubts[SlotOf(key) % LocalSlots]);

    private static long Ticks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private async ValueTask<KeyName?> LoadOwnerAsync(KeyVersionName version, CancellationToken cancellationToken)
    {
        try
        {
            return _versions.Find(version.Value) is { } known && IsStillThere(known.Stamp)
                ? (await _patience.AskAsync(async () => await Inner.FindOwnerAsync(version, CancellationToken.None).ConfigureAwait(false) is { } owner ? new OwnerAnswer(owner) : null).ConfigureAwait(false))?.Key
                : await Inner.FindOwnerAsync(version, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException failure) when (IsAway(failure) && _versions.Find(version.Value) is { } entry && IsStillThere(entry.Stamp))
        {
            return entry.Value.Key;
        }
    }

    private async ValueTask<KeyMetadata?> LoadMetadataAsync(KeyName key, CancellationToken cancellationToken)
    {
        try
        {
            return _metadata.Find(key.Value) is { } known && IsStillThere(known.Stamp)
                ? await _patience.AskAsync(() => AskMetadataAsync(key, CancellationToken.None)).ConfigureAwait(false)
                : await AskMetadataAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException failure) when (IsAway(failure) && _metadata.Find(key.Value) is { } entry && IsStillThere(entry.Stamp))
        {
            return entry.Value;
        }
    }

    private async Task<KeyMetadata?> AskMetadataAsync(KeyName key, CancellationToken cancellationToken)
    {
        CacheStamp stamp = StampOf(key);
        KeyMetadata? found = await Inner.FindMetadataAsync(key, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            _metadata.Remove(key.Value);
        }
        else
        {
            _metadata.Put(key.Value, found, stamp);
        }

        return found;
    }

    private async ValueTask<KeyVersion?> LoadCurrentAsync(KeyName key, CancellationToken cancellationToken)
    {
        try
        {
            return _current.Find(key.Value) is { } old && IsStillCurrent(old.Stamp)
                ? await _patience.AskAsync(() => AskCurrentAsync(key, CancellationToken.None)).ConfigureAwait(false)
                : await AskCurrentAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException failure) when (IsAway(failure) && _current.Find(key.Value) is { } entry && IsStillCurrent(entry.Stamp) && entry.Value.TryShare() is { } known)
        {
            return known;
        }
    }

    private async Task<KeyVersion?> AskCurrentAsync(KeyName key, CancellationToken cancellationToken)
    {
        CacheStamp stamp = StampOf(key);
        KeyVersion? found = await Inner.FindCurrentAsync(key, cancellationToken).ConfigureAwait(false);
        if (found?.Material is { } material)
        {
            AesCtr.Warm(material);
            _current.Put(key.Value, found.Share(), stamp);
            _versions.Put(found.Name.Value, found.Share(), stamp);
        }
        else
        {
            _current.Remove(key.Value);
        }

        return found;
    }

    // The stamp must be read before the version, and which stamp it is only the owner tells.
    private async ValueTask<KeyVersion?> LoadVersionAsync(KeyVersionName version, CancellationToken cancellationToken)
    {
        try
        {
            return _versions.Find(version.Value) is { } old && IsStillThere(old.Stamp)
                ? await _patience.AskAsync(() => AskVersionAsync(version, CancellationToken.None)).ConfigureAwait(false)
                : await AskVersionAsync(version, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException failure) when (IsAway(failure) && _versions.Find(version.Value) is { } entry && IsStillThere(entry.Stamp) && entry.Value.TryShare() is { } known)
        {
            return known;
        }
    }

    private async Task<KeyVersion?> AskVersionAsync(KeyVersionName version, CancellationToken cancellationToken)
    {
        if (await Inner.FindOwnerAsync(version, cancellationToken).ConfigureAwait(false) is not { } owner)
        {
            _versions.Remove(version.Value);
            return null;
        }

        CacheStamp stamp = StampOf(owner);
        KeyVersion? found = await Inner.FindVersionAsync(version, cancellationToken).ConfigureAwait(false);
        if (found?.Material is { } material && found.Key == owner)
        {
            AesCtr.Warm(material);
            _versions.Put(version.Value, found.Share(), stamp);
        }
        else
        {
            // It may not be used any more.
            _versions.Remove(version.Value);
        }

        return found;
    }

    // Less than, not at most: with a lifetime of none an answer of this very tick of a coarse clock is asked for again, too.
    private bool IsFresh(in CacheStamp stamp, long lifetime) =>
        ReadStamp(stamp.Slot) == stamp.Value && ReadDoubt(stamp.Slot) == stamp.Doubt && _time.GetTimestamp() - stamp.ReadAt < lifetime && _changes is not { IsWatching: false };

    private static bool IsAway(KmsException failure) => failure is { Kind: ErrorKind.StoreUnavailable, IsTransient: true };

    // A roll that was answered here, or that the store told of, is never undone in an outage.
    private bool IsStillCurrent(in CacheStamp stamp) =>
        _changes is not null && ReadReplacements(stamp.Slot) == stamp.Replacements && _time.GetTimestamp() - stamp.ReadAt <= _outageTicks;

    // A version never changes, and of a key's metadata only the count of versions and the current one: no roll moves what the access lists
    // ask for. Only a removal, or a limit, takes them away.
    private bool IsStillThere(in CacheStamp stamp) =>
        _changes is not null && ReadRemovals(stamp.Slot) == stamp.Removals && _time.GetTimestamp() - stamp.ReadAt <= _outageTicks;

    private CacheStamp StampOf(KeyName key)
    {
        int slot = SlotOf(key);
        return new CacheStamp(slot, ReadStamp(slot), ReadReplacements(slot), ReadRemovals(slot), ReadDoubt(slot), _time.GetTimestamp());
    }

    // Both counters only grow, so their sum stands still only while both do.
    private long ReadStamp(int slot) => Volatile.Read(ref _local[slot % LocalSlots]) + (_changes?.ReadStamp(slot) ?? 0);

    private long ReadReplacements(int slot) => Volatile.Read(ref _replacements[slot % LocalSlots]) + (_changes?.ReadReplacements(slot) ?? 0);

    private long ReadRemovals(int slot) => Volatile.Read(ref _removals[slot % LocalSlots]) + (_changes?.ReadRemovals(slot) ?? 0);

    private long ReadDoubt(int slot) => Volatile.Read(ref _doubts[slot % LocalSlots]);

    private sealed record OwnerAnswer(KeyName Key);

    private int SlotOf(KeyName key) => _changes?.SlotOf(key) ?? (int)((uint)StringComparer.Ordinal.GetHashCode(key.Value) % LocalSlots);
}
