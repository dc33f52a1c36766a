using System.Runtime.CompilerServices;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>Another KMS as a store: <c>kms://https@h1;h2:9600/kms</c>. It wraps and unwraps there, so zone keys need not leave it.</summary>
/// <remarks>
/// What Hadoop's wire cannot carry: the date of a version (the epoch stands for unknown); the name of the current version in a key's
/// description (the count of versions tells it, as in Hadoop); rolling only while a version is current (our servers can; with
/// others it is asked first, which leaves a gap between question and roll); who owns a version without its material (the version is fetched, which takes the right to GET); the
/// list of deleted keys.
/// </remarks>
public sealed class RemoteKeyProvider : IKeyProvider, IEekProvider, IInvalidatable
{
    private readonly KmsRestClient _client;

    private RemoteKeyProvider(ProviderUri uri, KmsRestClient client)
    {
        Uri = uri;
        _client = client;
    }

    /// <summary>How registries offer it.</summary>
    public static ProviderScheme Scheme { get; } = new("kms", "another KMS, ours or Hadoop's, with fail-over between its servers", static (uri, context, _) => new(Open(uri, RemoteOptions.From(context))));

    /// <inheritdoc/>
    public ProviderUri Uri { get; }

    /// <summary>Makes a provider; no server is asked yet.</summary>
    /// <exception cref="Errors.ConfigurationException">The URI names no server.</exception>
    public static RemoteKeyProvider Open(ProviderUri uri, RemoteOptions options) => new(uri, new KmsRestClient(KmsAddress.Parse(uri), options));

    /// <inheritdoc/>
    public async ValueTask SelfTestAsync(CancellationToken cancellationToken) => await _client.ProbeAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) => _client.MetadataAsync(key, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken)
    {
        using KeyVersion? found = await _client.VersionAsync(version, cancellationToken).ConfigureAwait(false);
        return found?.Key;
    }

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => _client.VersionAsync(version, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) => _client.CurrentAsync(key, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<KeyVersion> versions = await _client.VersionsAsync(key, cancellationToken).ConfigureAwait(false);
        int given = 0;
        try
        {
            while (given < versions.Count)
            {
                yield return versions[given++];
            }
        }
        finally
        {
            // Whoever stops early never gets the rest.
            for (; given < versions.Count; given++)
            {
                versions[given].Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyMetadata> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<KeyName> names = await _client.NamesAsync(cancellationToken).ConfigureAwait(false);
        await foreach (KeyMetadata each in RemoteDescriptions.ListAsync(_client, names, Uri.ToString(), cancellationToken).ConfigureAwait(false))
        {
            yield return each;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyName> ListNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (KeyName name in await _client.NamesAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return name;
        }
    }

    /// <inheritdoc/>
    public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken) => _client.CreateAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken) =>
        RollAsync(_client, key, material, expectedCurrent, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken) => _client.DeleteAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask InvalidateAsync(KeyName key, CancellationToken cancellationToken) => _client.InvalidateAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<EekBatch> GenerateEeksAsync(KeyName key, int count, CancellationToken cancellationToken) => _client.GenerateAsync(key, count, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken) => _client.DecryptAsync(eek, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEeksAsync(IReadOnlyList<EncryptedKeyVersion> eeks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(eeks);
        if (eeks.Count == 1)
        {
            return [await _client.ReencryptAsync(eeks[0], cancellationToken).ConfigureAwait(false)];
        }

        // The wire takes one key a batch.
        EncryptedKeyVersion[] fresh = new EncryptedKeyVersion[eeks.Count];
        foreach (IGrouping<KeyName, int> places in Enumerable.Range(0, eeks.Count).GroupBy(place => eeks[place].Key))
        {
            int[] at = [.. places];
            IReadOnlyList<EncryptedKeyVersion> some = await _client.ReencryptAsync(places.Key, [.. at.Select(place => eeks[place])], cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < at.Length; i++)
            {
                fresh[at[i]] = some[i];
            }
        }

        return fresh;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Rolls a key. One of our servers compares the expected version inside of its write; with any other the version is asked for first.
    /// </summary>
    internal static async ValueTask<KeyVersion> RollAsync(KmsRestClient client, KeyName key, SecretBytes? material, KeyVersionName? expected, CancellationToken cancellationToken)
    {
        if (expected is not { } version)
        {
            return await client.RollAsync(key, material, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await client.Lifecycle.RollAsync(key, material, version, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException stock) when (stock.Kind == ErrorKind.Unsupported)
        {
            return await client.MetadataAsync(key, cancellationToken).ConfigureAwait(false) is { } metadata && metadata.Current != version
                ? throw KeyFaults.Conflict(key, $"its current version is {metadata.Current.Value}")
                : await client.RollAsync(key, material, cancellationToken).ConfigureAwait(false);
        }
    }
}
