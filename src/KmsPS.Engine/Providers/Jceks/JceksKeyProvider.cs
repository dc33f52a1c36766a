using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>
/// Hadoop's own keystore file: <c>jceks://file@/path/kms.keystore</c>. It has no room for soft deletion, and a re-created key counts
/// from 0 again. Entries that are not touched are written back byte for byte, so a write costs two seals and not one for every key.
/// Writes that wait for each other share one new file.
/// </summary>
/// <remarks>SOURCE: Hadoop JavaKeyStoreProvider. Names with letters that fold are refused in every operation: the format cannot keep them apart.</remarks>
internal sealed class JceksKeyProvider : IKeyProvider, IKeyFormat
{
    // SOURCE: security property jdk.jceks.iterationCount, which a JDK honours from 10000 on.
    private const string IterationsProperty = "jdk.jceks.iterationCount";
    private const int FewestIterations = 10_000;

    private readonly string _path;
    private readonly SecretBytes _password;
    private readonly TimeProvider _time;
    private readonly JceksFile _file;
    private readonly int _iterations;
    private readonly Lock _reload = new();
    private readonly JceksWriteQueue _writes;
    private JceksStore _store;

    private JceksKeyProvider(ProviderUri uri, SecretBytes password, ProviderContext context)
    {
        Uri = uri;
        _path = uri.LocalPath();
        _password = password;
        _time = context.Time;
        _file = new JceksFile(_path, password, context.Time, context.IsTrial);
        _iterations = int.TryParse(context.Property(IterationsProperty), NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) && wanted is >= FewestIterations and <= KeyProtector.MaxIterations
            ? wanted
            : KeyProtector.DefaultIterations;
        _writes = new JceksWriteQueue(WriteFileAsync, context.Time);
        _store = Load();
        Keeper = new JceksKeeper(this, _path, context);
    }

    internal static ProviderScheme Scheme { get; } = new("jceks", "Hadoop's Java keystore, byte-compatible. jceks://file@/absolute/path.keystore", OpenAsync);

    /// <inheritdoc/>
    public ProviderUri Uri { get; }

    /// <inheritdoc/>
    public IStoreKeeper Keeper { get; }

    /// <summary>Opens the keystore, putting right what an interrupted write left behind.</summary>
    /// <exception cref="KmsException">It cannot be used; the text names the file and what is wrong with it.</exception>
    internal static ValueTask<IKeyProvider> OpenAsync(ProviderUri uri, ProviderContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SecretBytes password = JceksPassword.Find(context);
        try
        {
            return new(new JceksKeyProvider(uri, password, context));
        }
        catch
        {
            password.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The digest over the file proves the password and every byte. An entry that does not open is the matter of whoever asks for it:
    /// Hadoop opens such a keystore too, and the other keys in it must stay in reach.
    /// </remarks>
    public ValueTask SelfTestAsync(CancellationToken cancellationToken)
    {
        _ = Current();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) => new(Metadata(Current(), key));

    /// <inheritdoc/>
    public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) =>
        new(Current().Keys.TryGetValue(Alias(version.Value), out JceksKey? found) && found.Content(_password).Material is not null ? Owner(version) : null);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => new(Version(Current(), version));

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken)
    {
        JceksStore store = Current();
        return new(Metadata(store, key) is { Versions: > 0 } metadata ? Version(store, metadata.Current) : null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JceksStore store = Current();
        for (int number = 0; number < (Metadata(store, key)?.Versions ?? 0); number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await Task.Run(() => Version(store, KeyVersionName.Of(key, number)), cancellationToken).ConfigureAwait(false) is { } version)
            {
                yield return version;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyMetadata> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // An alias with an @ is a version's, or a key's that Hadoop never lists either; one with capitals can never be reached.
        List<KmsException> failures = [];
        foreach (JceksKey key in Current().Keys.Values.Where(static key => !key.Entry.Alias.Contains('@', StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await Task.Run(() => Described(key, failures), cancellationToken).ConfigureAwait(false) is { } metadata)
            {
                yield return metadata;
            }
        }

        UnreadableKeysException.ThrowIfAny(_path, failures);
    }

    private KeyMetadata? Described(JceksKey key, List<KmsException> failures)
    {
        try
        {
            // A secret key without a description may be meant for one, and is told; a certificate beside the keys is not.
            return key.Content(_password) is { Metadata: null, Material: not null } ? throw Undescribed(key.Entry.Alias) : key.Content(_password).Metadata;
        }
        catch (KmsException unreadable)
        {
            failures.Add(unreadable);
            return null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The aliases, as Hadoop lists them: nothing is unsealed, so an entry that keytool made is named too.</remarks>
    public async IAsyncEnumerable<KeyName> ListNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (string alias in Current().Keys.Keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!alias.Contains('@', StringComparison.Ordinal) && KeyName.TryParse(alias, out KeyName name))
            {
                yield return name;
            }
        }
    }

    /// <summary>Entries that no listing names as a key, and no key's versions: what a move would leave behind. Nothing is unsealed.</summary>
    internal IEnumerable<(string Alias, string Why)> Strays()
    {
        JceksStore store = Current();
        return from alias in store.Keys.Keys
               let at = alias.LastIndexOf('@')
               let why = at < 0 ? KeyName.Problem(alias) : store.Keys.ContainsKey(alias[..at]) ? null : $"it is a version, and there is no entry {Printable.Text(alias[..at])} that describes its key"
               where why is not null
               select (alias, why);
    }

    /// <inheritdoc/>
    public int ImportLanes => 64;

    /// <inheritdoc/>
    public IKeyFormat Format => this;

    /// <inheritdoc/>
    public KmsException? Refusal(KeyImage image, int known)
    {
        ArgumentNullException.ThrowIfNull(image);
        JceksImport import = new(image, known, Uri.Text);
        return Folded(image.Metadata.Name.Value) ?? import.Refusal() ?? import.Taken(Current());
    }

    /// <inheritdoc/>
    public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken) => WriteAsync(
        store =>
        {
            string alias = Alias(key.Name.Value);
            if (store.Keys.ContainsKey(alias))
            {
                throw KeyFaults.AlreadyExists(key.Name, Uri.Text);
            }

            KeyMetadata metadata = new(key.Name, key.Cipher, key.BitLength, key.Description, key.Attributes, Now(), 1);
            if (store.Keys.ContainsKey(metadata.Current.Value))
            {
                throw new KmsException(ErrorKind.KeyAlreadyExists, $"Key {key.Name.Value} cannot be made in {Uri}: its first version would take the place of the entry {metadata.Current.Value}, which is another key's", "Choose another name.") { Subject = key.Name.Value };
            }

            using SecretBytes material = MaterialMaker.Take(key.Name, key.Cipher, key.BitLength, key.Material);
            return Added(store, metadata, material);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken) => WriteAsync(
        store =>
        {
            KeyMetadata metadata = Metadata(store, key) ?? throw (material is null ? KeyFaults.NoMetadata(key) : KeyFaults.NotFound(key));
            if (expectedCurrent is { } expected && expected != metadata.Current)
            {
                throw KeyFaults.Conflict(key, $"its current version is {metadata.Current.Value}");
            }

            using SecretBytes fresh = MaterialMaker.Take(key, metadata.Cipher, metadata.BitLength, material);
            return Added(store, metadata with { Versions = metadata.Versions + 1, Current = KeyVersionName.Of(key, metadata.Versions) }, fresh);
        },
        cancellationToken);

    /// <inheritdoc/>
    /// <remarks>The format has a place for each version's date and, in the description, the key's own. A version's name is its key's and a number.</remarks>
    public async ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        JceksImport import = new(image, known, Uri.Text);
        string alias = Alias(image.Metadata.Name.Value);
        if (import.Refusal() is { } refusal)
        {
            throw refusal;
        }

        await _writes.RunAsync(() => Prepared(import, image.Metadata.Name, alias), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken) => await WriteAsync<KeyVersion?>(
        store =>
        {
            KeyMetadata metadata = Metadata(store, key) ?? throw KeyFaults.DoesNotExist(key, Uri.Text);
            IEnumerable<string> gone = Enumerable.Range(0, metadata.Versions).Select(number => KeyVersionName.Of(key, number).Value).Append(key.Value);
            return (store with { Keys = store.Keys.RemoveRange(gone) }, null);
        },
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _writes.Dispose();
        _password.Dispose();
        return ValueTask.CompletedTask;
    }

    // Sealed before it is its turn, for that takes most of the time; once more if somebody changed the key meanwhile.
    private AnsweredChange<JceksKey> Prepared(JceksImport import, KeyName key, string alias)
    {
        JceksStore now = Current();
        JceksKey? then = now.Keys.GetValueOrDefault(alias);
        JceksKey[] entries = Entries(now);
        return new AnsweredChange<JceksKey>(store =>
        {
            JceksKey[] fresh = ReferenceEquals(store.Keys.GetValueOrDefault(alias), then) ? entries : Entries(store);
            return import.Taken(store) is { } taken
                ? throw taken
                : (store with { Keys = store.Keys.SetItems(fresh.Select(static entry => KeyValuePair.Create(entry.Entry.Alias, entry))) }, fresh[^1]);
        });

        JceksKey[] Entries(JceksStore store) => [.. import.Entries(store.Keys.ContainsKey(alias) ? Metadata(store, key) : null, _password, _iterations, _path)];
    }

    private (JceksStore Store, KeyVersion Version) Added(JceksStore store, KeyMetadata metadata, SecretBytes material)
    {
        DateTimeOffset now = Now();
        JceksKey version = JceksKey.OfVersion(metadata.Current, metadata.Cipher, material, _password, _iterations, now, _path);
        JceksKey described = JceksKey.OfMetadata(metadata, _password, _iterations, now, _path);
        ImmutableSortedDictionary<string, JceksKey> keys = store.Keys.SetItem(version.Entry.Alias, version).SetItem(described.Entry.Alias, described);
        return (store with { Keys = keys }, new KeyVersion(metadata.Name, metadata.Current, material.Share(), now));
    }

    private ValueTask<TResult> WriteAsync<TResult>(Func<JceksStore, (JceksStore Store, TResult Result)> change, CancellationToken cancellationToken) =>
        _writes.RunAsync(new AnsweredChange<TResult>(change), cancellationToken);

    private async Task WriteFileAsync(IReadOnlyList<JceksChange> changes)
    {
        // Not ended by who waits for a change: others may be in the same file.
        using FileStream held = await _file.LockAsync(CancellationToken.None).ConfigureAwait(false);
        JceksStore before = Current();
        JceksStore after = changes.Aggregate(before, static (store, change) => change.ApplyTo(store));
        if (!ReferenceEquals(after, before))
        {
            FileStamp written = _file.Save(after.Keys.Values.Select(static key => key.Entry));
            Volatile.Write(ref _store, after with { Stamp = written });
        }
    }

    // A store that another program replaced is read again, before every answer and before every write.
    private JceksStore Current()
    {
        JceksStore store = Volatile.Read(ref _store);
        if (_file.Stamp() == store.Stamp)
        {
            return store;
        }

        lock (_reload)
        {
            if (_file.Stamp() != Volatile.Read(ref _store).Stamp)
            {
                Volatile.Write(ref _store, Load());
            }

            return Volatile.Read(ref _store);
        }
    }

    private JceksStore Load()
    {
        // INVARIANT: a stamp is that of the very content. What was read before a replacement and stamped after it would be taken for the
        // new file, and the next write would undo what that one had brought.
        FileStamp stamp;
        IReadOnlyList<JavaKeyStoreEntry> entries;
        do
        {
            stamp = _file.Stamp();
            entries = _file.Open();
        }
        while (_file.Stamp() != stamp);
        ImmutableSortedDictionary<string, JceksKey>.Builder keys = ImmutableSortedDictionary.CreateBuilder<string, JceksKey>(StringComparer.Ordinal);
        foreach (JavaKeyStoreEntry entry in entries)
        {
            keys[entry.Alias] = new JceksKey(entry, _path);
        }

        return new JceksStore(keys.ToImmutable(), stamp);
    }

    // An entry that keytool made has no metadata. Under a version's name it is unknown as a key; under a plain one it is in the way.
    private KeyMetadata? Metadata(JceksStore store, KeyName key)
    {
        KeyMetadata? metadata = null;
        return store.Keys.TryGetValue(Alias(key.Value), out JceksKey? found) && (metadata = found.Content(_password).Metadata) is null && !key.Value.Contains('@', StringComparison.Ordinal)
            ? throw Undescribed(key.Value)
            : metadata;
    }

    private KmsException Undescribed(string alias) =>
        new(ErrorKind.StoreCorrupt, $"Can't cast key for {alias} in keystore file:{_path} to a KeyMetadata. Key may have been added using  keytool or some other non-Hadoop method.", "Remove the entry with keytool -delete, or use another name.") { Subject = alias };

    private KeyVersion? Version(JceksStore store, KeyVersionName version) =>
        store.Keys.TryGetValue(Alias(version.Value), out JceksKey? found) && found.Content(_password).Material is { } material && Owner(version) is { } key
            ? new KeyVersion(key, version, material.Share(), found.Entry.Created)
            : null;

    // In this format a version's name is its key's name, an @ and a number; nowhere else is it ever parsed.
    private static KeyName? Owner(KeyVersionName version)
    {
        int at = version.Value.LastIndexOf('@');
        return at > 0 && KeyName.TryParse(version.Value[..at], out KeyName key) ? key : null;
    }

    private static string Alias(string name) => Folded(name) is { } refusal ? throw refusal : name;

    private static KmsException? Folded(string name) => string.Equals(name.ToLowerInvariant(), name, StringComparison.Ordinal) && !name.Contains('\u0130', StringComparison.Ordinal)
        ? null
        : new KmsException(ErrorKind.InvalidRequest, $"Uppercase key names are unsupported: {name}", "A Java keystore folds letters; use lower-case names.") { Subject = name };

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
}
