using System.Runtime.CompilerServices;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Fakes;

/// <summary>A provider without a disk, for tests of what stands above a store. It obeys the provider contract.</summary>
public sealed class MemoryKeyProvider(TimeProvider? time = null) : IKeyProvider, IKeyLifecycle
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Stored> _keys = new(StringComparer.Ordinal);
    private readonly List<Stored> _trash = [];
    private readonly Dictionary<string, DateTimeOffset> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _highest = new(StringComparer.Ordinal);

    public ProviderUri Uri { get; } = ProviderUri.Parse("memory://test");

    public ValueTask SelfTestAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) => new(Find(key)?.Metadata);

    public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) => new(FindVersion(version)?.Key);

    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => new(FindVersion(version) is { } found ? Limited(found) : null);

    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) => new(Find(key) is { } found ? Limited(found.Versions[^1]) : null);

    public async IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (KeyVersion version in Find(key)?.Versions.ToArray() ?? [])
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Limited(version);
        }
    }

    public async IAsyncEnumerable<KeyMetadata> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Stored[] all;
        lock (_lock)
        {
            all = [.. _keys.Values];
        }

        foreach (Stored stored in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return stored.Metadata;
        }
    }

    public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Material is generated before the name is looked up, as in Hadoop: a wrong length is told first.
            using SecretBytes? generated = key.Material is null ? MaterialMaker.Take(key.Name, key.Cipher, key.BitLength, null) : null;
            if (_keys.ContainsKey(key.Name.Value))
            {
                throw KeyFaults.AlreadyExists(key.Name, Uri.Text);
            }

            SecretBytes material = generated?.Share() ?? MaterialMaker.Take(key.Name, key.Cipher, key.BitLength, key.Material);
            int number = _highest.GetValueOrDefault(key.Name.Value);
            KeyMetadata metadata = new(key.Name, key.Cipher, key.BitLength, key.Description, key.Attributes, _time.GetUtcNow(), number + 1);
            KeyVersion first = new(key.Name, metadata.Current, material, metadata.Created);
            _highest[key.Name.Value] = number + 1;
            _keys.Add(key.Name.Value, new Stored(metadata, [first]));
            return new(first.Share());
        }
    }

    public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Stored stored = _keys.GetValueOrDefault(key.Value) ?? throw (material is null ? KeyFaults.NoMetadata(key) : KeyFaults.NotFound(key));
            if (stored.Metadata.Use.OfKey is var use && use != VersionUse.Allowed)
            {
                throw KeyFaults.MayNotBeUsed(key, stored.Metadata.Current, use);
            }

            if (expectedCurrent is { } expected && expected != stored.Metadata.Current)
            {
                throw KeyFaults.Conflict(key, $"its current version is {stored.Metadata.Current.Value}");
            }

            SecretBytes fresh = MaterialMaker.Take(key, stored.Metadata.Cipher, stored.Metadata.BitLength, material);
            KeyVersionName name = KeyVersionName.Of(key, stored.Metadata.Versions);
            stored.Metadata = stored.Metadata with { Versions = stored.Metadata.Versions + 1, Current = name, CurrentCreated = _time.GetUtcNow() };
            _highest[key.Value] = stored.Metadata.Versions;
            stored.Versions.Add(new KeyVersion(key, name, fresh, _time.GetUtcNow()));
            return new(stored.Versions[^1].Share());
        }
    }

    public ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            KeyName key = image.Metadata.Name;
            Stored? stored = _keys.GetValueOrDefault(key.Value);
            if (known > 0 && stored?.Metadata.Current != image.Versions[known - 1].Name)
            {
                throw stored is null ? KeyFaults.DoesNotExist(key, Uri.Text) : KeyFaults.Conflict(key, $"its current version is {stored.Metadata.Current.Value}");
            }

            if (known == 0 && stored is not null)
            {
                throw KeyFaults.AlreadyExists(key, Uri.Text);
            }

            KeyVersion[] fresh = [.. image.Versions.Skip(known)];
            if (fresh.FirstOrDefault(version => _keys.Values.Concat(_trash).Any(other => other.Versions.Exists(held => held.Name == version.Name))) is { } taken)
            {
                throw KeyFaults.VersionNameTaken(key, taken.Name, Uri.Text);
            }

            int next = Math.Max(_highest.GetValueOrDefault(key.Value) + fresh.Length, image.Metadata.Versions);
            _highest[key.Value] = next;
            KeyMetadata metadata = (stored?.Metadata ?? image.Metadata) with { Versions = next, Current = image.Metadata.Current, Use = image.Metadata.Use };
            _keys[key.Value] = new Stored(metadata, [.. stored?.Versions ?? [], .. fresh.Select(static version => new KeyVersion(version.Key, version.Name, version.Material?.Share(), version.Created))]);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_keys.Remove(key.Value, out Stored? stored))
            {
                throw KeyFaults.DoesNotExist(key, Uri.Text);
            }

            stored.Metadata = stored.Metadata with { Deleted = _time.GetUtcNow(), Use = stored.Metadata.Use.AfterDeletion };
            _trash.Add(stored);
            return ValueTask.CompletedTask;
        }
    }

    public async IAsyncEnumerable<KeyMetadata> ListDeletedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (Stored stored in _trash.AsEnumerable().Reverse().ToArray())
        {
            yield return stored.Metadata;
        }
    }

    public ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken) => new(_trash.FindLast(stored => stored.Metadata.Name == key)?.Metadata);

    public ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Stored stored = _trash.FindLast(stored => stored.Metadata.Name == key) ?? throw KeyFaults.NotDeleted(key, Uri.Text);
            if (_keys.ContainsKey(key.Value))
            {
                throw KeyFaults.AlreadyExists(key, Uri.Text);
            }

            _trash.Remove(stored);
            stored.Metadata = stored.Metadata with { Deleted = null, Versions = _highest[key.Value] };
            _keys.Add(key.Value, stored);
            return new(stored.Metadata);
        }
    }

    public ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _trash.RemoveAll(stored => stored.Metadata.Name == key) > 0 ? ValueTask.CompletedTask : throw KeyFaults.NotDeleted(key, Uri.Text);
        }
    }

    public ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_keys.GetValueOrDefault(key.Value) is { } stored
                ? new KeyLifecycle(stored.Metadata, [.. stored.Versions.Select(version => new VersionFacts(version.Name, version.Created, stored.Metadata.Use.Of(version.Name), version.Name == stored.Metadata.Current, _uses.TryGetValue(version.Name.Value, out DateTimeOffset at) ? at : null))])
                : null);
        }
    }

    public ValueTask<KeyImage?> ReadImageAsync(KeyName key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_keys.GetValueOrDefault(key.Value) is { } stored ? new KeyImage(stored.Metadata, [.. stored.Versions.Select(ForCopy)]) : null);

            KeyVersion ForCopy(KeyVersion version)
            {
                VersionUse use = stored.Metadata.Use.Of(version.Name);
                return new KeyVersion(version.Key, version.Name, use == VersionUse.VersionDestroyed ? null : version.Material?.Share(), version.Created) { Use = use };
            }
        }
    }

    public ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Stored stored = _keys.GetValueOrDefault(change.Key.Value) ?? throw KeyFaults.DoesNotExist(change.Key, Uri.Text);
            if (change.Version is { } named && stored.Versions.All(version => version.Name != named))
            {
                throw KeyFaults.VersionNotFound(named);
            }

            stored.Metadata = stored.Metadata with { Use = stored.Metadata.Use.After(change, stored.Metadata.Current) };
            return new(stored.Metadata);
        }
    }

    public IAsyncEnumerable<KeyMetadata> ListDueAsync(DateTimeOffset by, CancellationToken cancellationToken) => ListAsync(cancellationToken).Where(key => key.Use.DeletionDue <= by);

    public void NoteUse(KeyVersionName version)
    {
        lock (_lock)
        {
            _uses[version.Value] = _time.GetUtcNow();
        }
    }

    public ValueTask FlushUsesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private KeyVersion Limited(KeyVersion version)
    {
        VersionUse use = Find(version.Key)?.Metadata.Use.Of(version.Name) ?? VersionUse.Allowed;
        return use == VersionUse.Allowed ? version.Share() : new KeyVersion(version.Key, version.Name, null, version.Created) { Use = use };
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Stored? Find(KeyName key)
    {
        lock (_lock)
        {
            return _keys.GetValueOrDefault(key.Value);
        }
    }

    private KeyVersion? FindVersion(KeyVersionName name)
    {
        lock (_lock)
        {
            return _keys.Values.SelectMany(static stored => stored.Versions).FirstOrDefault(version => version.Name == name);
        }
    }

    private sealed class Stored(KeyMetadata metadata, List<KeyVersion> versions)
    {
        public KeyMetadata Metadata { get; set; } = metadata;

        public List<KeyVersion> Versions { get; } = versions;
    }
}
