using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>
/// The REST interface of a KMS, ours, Hadoop's or Ranger's, as typed calls: one request each, to one of several servers. Safe to use from
/// several threads. SOURCE: Hadoop KMSClientProvider, LoadBalancingKMSClientProvider.
/// </summary>
/// <remarks>
/// Deliberate differences from a stock client: the credential goes with the first request instead of a round of OPTIONS; redirects are not
/// followed; create, roll and delete are never sent twice where the first may have been done; a definite refusal is not asked for again
/// elsewhere; an answer that is no JSON is an error and not an absence; blanks in a path are <c>%20</c>, so that every key can be addressed;
/// after a roll or a deletion only the other servers are told to forget, and a deaf one is a warning and no failure.
/// </remarks>
public sealed class KmsRestClient : IDisposable
{
    private const int MetadataChunk = 1500;

    private readonly RemoteTransport _transport;
    private readonly RemoteOptions _options;

    /// <param name="address">The servers.</param>
    /// <param name="options">How to behave towards them.</param>
    /// <param name="picker">In which order they are asked; drawn by lot if <see langword="null"/>.</param>
    public KmsRestClient(KmsAddress address, RemoteOptions options, HostPicker? picker = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _transport = new RemoteTransport(address.Servers, options, picker);
        Tokens = new RemoteTokens(_transport);
        Lifecycle = new RemoteLifecycle(_transport, ForgetElsewhereAsync);
    }

    /// <summary>Delegation tokens.</summary>
    public RemoteTokens Tokens { get; }

    /// <summary>What may be done with keys.</summary>
    public RemoteLifecycle Lifecycle { get; }

    /// <summary>Whether a server answers and lets this caller in.</summary>
    public ValueTask<bool> ProbeAsync(CancellationToken cancellationToken) =>
        _transport.SendAsync(new RemoteRequest(null, HttpMethod.Options, "") { AnySuccess = true }, static _ => true, cancellationToken);

    /// <summary>Whether the servers ask strangers for Kerberos tickets; no credential is sent.</summary>
    public ValueTask<bool> WantsTicketAsync(CancellationToken cancellationToken) => _transport.SendAsync(
        new RemoteRequest(null, HttpMethod.Options, "") { AnySuccess = true, AsksHow = true, IsAnonymous = true, MayUseCookie = false }, static answer => answer.WantsTicket, cancellationToken);

    /// <summary>Makes a key. The caller disposes the answer.</summary>
    public async ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        using PooledBytes body = new();
        KmsJson.WriteRequest(body, key);
        RemoteRequest request = new(KmsOperation.CreateKey, HttpMethod.Post, Below(RestPaths.OfKeys()), IsIdempotent: false) { Body = body, Success = 201, Subject = key.Name.Value };
        return Made(await _transport.SendAsync(request, static answer => Json(answer, KmsJson.ReadKeyVersion) ?? throw Missing(answer, "key version"), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Makes a new current version. The caller disposes the answer.</summary>
    public async ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, CancellationToken cancellationToken)
    {
        using PooledBytes body = new();
        KmsJson.WriteRequest(body, material);
        RemoteRequest request = new(KmsOperation.RollNewVersion, HttpMethod.Post, Below(RestPaths.OfKey(key)), IsIdempotent: false) { Body = body, Subject = key.Value };
        KeyVersion version = Made(await _transport.SendAsync(request, static answer => Json(answer, KmsJson.ReadKeyVersion) ?? throw Missing(answer, "key version"), cancellationToken).ConfigureAwait(false));
        try
        {
            await ForgetElsewhereAsync(key, cancellationToken).ConfigureAwait(false);
            return version;
        }
        catch
        {
            version.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a key.</summary>
    public async ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken)
    {
        RemoteRequest request = new(KmsOperation.DeleteKey, HttpMethod.Delete, Below(RestPaths.OfKey(key)), IsIdempotent: false) { Subject = key.Value };
        await _transport.SendAsync(request, static _ => true, cancellationToken).ConfigureAwait(false);
        await ForgetElsewhereAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has every server forget what it cached of a key.</summary>
    /// <exception cref="KmsException">One did not; the others were told all the same.</exception>
    public async ValueTask InvalidateAsync(KeyName key, CancellationToken cancellationToken)
    {
        IReadOnlyList<KmsException> failures = await _transport.SendToAllAsync(Forget(key), cancellationToken).ConfigureAwait(false);
        if (failures.Count > 0)
        {
            throw failures[0];
        }
    }

    /// <summary>Brings a deleted key back, on a server that keeps deleted keys: Key Trustee KMS and ours.</summary>
    public async ValueTask RestoreAsync(KeyName key, CancellationToken cancellationToken) =>
        await _transport.SendAsync(Trustee(KmsOperation.RestoreKey, key, RestPaths.Undelete), static _ => true, cancellationToken).ConfigureAwait(false);

    /// <summary>Destroys a deleted key for good, on a server that keeps deleted keys.</summary>
    public async ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken) =>
        await _transport.SendAsync(Trustee(KmsOperation.PurgeKey, key, RestPaths.Purge), static _ => true, cancellationToken).ConfigureAwait(false);

    /// <summary>The names of all keys, in the server's order.</summary>
    public ValueTask<IReadOnlyList<KeyName>> NamesAsync(CancellationToken cancellationToken) =>
        GetAsync(KmsOperation.GetKeys, RestPaths.OfNames(), null, static answer => Json(answer, KmsJson.ReadNames), cancellationToken);

    /// <summary>Describes a key; <see langword="null"/> for an unknown one.</summary>
    public ValueTask<KeyMetadata?> MetadataAsync(KeyName key, CancellationToken cancellationToken) =>
        GetAsync(KmsOperation.GetMetadata, RestPaths.OfKey(key, RestPaths.KeyMetadata), key.Value, static answer => Json(answer, KmsJson.ReadMetadata), cancellationToken);

    /// <summary>Describes several keys, in the order asked, piece by piece; <see langword="null"/> for unknown ones. No request for none.</summary>
    public async IAsyncEnumerable<KeyMetadata?> MetadataAsync(IReadOnlyList<KeyName> keys, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (ArraySegment<KeyName> chunk in Chunks([.. keys]))
        {
            int count = chunk.Count;
            IReadOnlyList<KeyMetadata?> found = await GetAsync(
                KmsOperation.GetKeysMetadata, RestPaths.OfKeysMetadata(chunk), null, answer => Counted(answer, Json(answer, KmsJson.ReadMetadataList), count), cancellationToken).ConfigureAwait(false);
            foreach (KeyMetadata? each in found)
            {
                yield return each;
            }
        }
    }

    /// <summary>One version with its material, or <see langword="null"/>. The caller disposes it.</summary>
    public ValueTask<KeyVersion?> VersionAsync(KeyVersionName version, CancellationToken cancellationToken) =>
        GetAsync(KmsOperation.GetKeyVersion, RestPaths.OfVersion(version), version.Value, static answer => Json(answer, KmsJson.ReadKeyVersion), cancellationToken);

    /// <summary>All versions with their material, oldest first; none for an unknown key. The caller disposes each.</summary>
    public ValueTask<IReadOnlyList<KeyVersion>> VersionsAsync(KeyName key, CancellationToken cancellationToken) =>
        GetAsync(KmsOperation.GetKeyVersions, RestPaths.OfKey(key, RestPaths.Versions), key.Value, static answer => Json(answer, KmsJson.ReadKeyVersions), cancellationToken);

    /// <summary>The current version with its material, or <see langword="null"/>. The caller disposes it.</summary>
    public ValueTask<KeyVersion?> CurrentAsync(KeyName key, CancellationToken cancellationToken) =>
        GetAsync(KmsOperation.GetCurrentKey, RestPaths.OfKey(key, RestPaths.CurrentVersion), key.Value, static answer => Json(answer, KmsJson.ReadKeyVersion), cancellationToken);

    /// <summary>Makes data keys, wrapped; at least one.</summary>
    public ValueTask<EekBatch> GenerateAsync(KeyName key, int count, CancellationToken cancellationToken) =>
        GetAsync(
            KmsOperation.GenerateEek, RestPaths.OfGenerate(key, count), key.Value,
            answer => Packed(answer, key, Counted(answer, Json(answer, body => KmsJson.ReadEeks(body, key)), count)), cancellationToken);

    /// <summary>Unwraps a data key. The caller disposes it.</summary>
    public async ValueTask<SecretBytes> DecryptAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(eek);
        using PooledBytes body = new();
        KmsJson.WriteRequest(body, eek);
        RemoteRequest request = new(KmsOperation.DecryptEek, HttpMethod.Post, Below(RestPaths.OfEek(eek.Version, RestPaths.Decrypt))) { Body = body, Subject = eek.Key.Value };
        return await _transport.SendAsync(request, static answer => Json(answer, KmsJson.ReadDecrypted), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Wraps the same data key under the current version.</summary>
    public async ValueTask<EncryptedKeyVersion> ReencryptAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(eek);
        using PooledBytes body = new();
        KmsJson.WriteRequest(body, eek);
        RemoteRequest request = new(KmsOperation.ReencryptEek, HttpMethod.Post, Below(RestPaths.OfEek(eek.Version, RestPaths.Reencrypt))) { Body = body, Subject = eek.Key.Value };
        return await _transport.SendAsync(request, static answer => Json(answer, KmsJson.ReadReencrypted), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Wraps data keys of one key under its current version, in their order. No request for none.</summary>
    public async ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptAsync(KeyName key, IReadOnlyList<EncryptedKeyVersion> eeks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(eeks);
        if (eeks.Count == 0)
        {
            return [];
        }

        using PooledBytes body = new(256 * eeks.Count);
        KmsJson.Write(body, eeks);
        RemoteRequest request = new(KmsOperation.ReencryptEekBatch, HttpMethod.Post, Below(RestPaths.OfKey(key, RestPaths.ReencryptBatch))) { Body = body, Subject = key.Value };
        return await _transport.SendAsync(request, answer => Counted(answer, Json(answer, read => KmsJson.ReadEeks(read, key)), eeks.Count), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What only our own servers answer: the body of a path below <c>/v1/</c>.</summary>
    internal ValueTask<byte[]> AdminAsync(string path, CancellationToken cancellationToken) =>
        _transport.SendAsync(new RemoteRequest(null, HttpMethod.Get, Below(path)), static answer => answer.Body.Span.ToArray(), cancellationToken);

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _transport.Dispose();

    /// <summary>Pieces of which each takes at most 1500 characters of a query, counted as stock clients count. SOURCE: Hadoop KMSClientProvider.createKeySets.</summary>
    internal static IEnumerable<ArraySegment<KeyName>> Chunks(KeyName[] keys)
    {
        int start = 0;
        int length = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            int more = "key".Length + 1 + keys[i].Value.Length;
            if (length + more > MetadataChunk && i > start)
            {
                yield return new ArraySegment<KeyName>(keys, start, i - start);
                start = i;
                length = 0;
            }

            length += more;
        }

        if (start < keys.Length)
        {
            yield return new ArraySegment<KeyName>(keys, start, keys.Length - start);
        }
    }

    private static RemoteRequest Forget(KeyName key) => new(KmsOperation.InvalidateCache, HttpMethod.Post, Below(RestPaths.OfKey(key, RestPaths.InvalidateCache))) { Subject = key.Value };

    private static RemoteRequest Trustee(KmsOperation verb, KeyName key, string operation) =>
        new(verb, HttpMethod.Post, Below(RestPaths.OfTrustee(key, operation)), IsIdempotent: false) { AnySuccess = true, Subject = key.Value };

    // Paths are built for the usual context; a URI may name another one.
    private static string Below(string path) => path[RestPaths.Root.Length..];

    private ValueTask<T> GetAsync<T>(KmsOperation verb, string path, string? subject, AnswerReader<T> read, CancellationToken cancellationToken) =>
        _transport.SendAsync(new RemoteRequest(verb, HttpMethod.Get, Below(path)) { Subject = subject }, read, cancellationToken);

    // The server that did it forgot by itself; with several, the others may still hold the old version for half a minute.
    private async ValueTask ForgetElsewhereAsync(KeyName key, CancellationToken cancellationToken)
    {
        if (_transport.Count == 1)
        {
            return;
        }

        foreach (KmsException failure in await _transport.SendToAllAsync(Forget(key), cancellationToken).ConfigureAwait(false))
        {
            _options.Warn?.Invoke($"Key '{Printable.Text(key.Value)}' was changed, but a server could not be told to forget what it had cached of it: {failure.Message}");
        }
    }

    // The wire carries no date of a version; for one that was just made it is now.
    private KeyVersion Made(KeyVersion version) => new(version.Key, version.Name, version.Material, _options.Time.GetUtcNow());

    private static EekBatch Packed(RemoteAnswer answer, KeyName key, IReadOnlyList<EncryptedKeyVersion> eeks)
    {
        EncryptedKeyVersion first = eeks[0];
        int length = first.EncryptedMaterial.Length;
        byte[] packed = new byte[eeks.Count * (EekBatch.IvLength + length)];
        Span<byte> rest = packed;
        foreach (EncryptedKeyVersion eek in eeks)
        {
            if (eek.Version != first.Version || eek.Iv.Length != EekBatch.IvLength || eek.EncryptedMaterial.Length != length)
            {
                throw RemoteFailures.Unreadable(answer, "its EEKs are not all of one version and length");
            }

            eek.Iv.Span.CopyTo(rest);
            eek.EncryptedMaterial.Span.CopyTo(rest[EekBatch.IvLength..]);
            rest = rest[(EekBatch.IvLength + length)..];
        }

        return new EekBatch(key, first.Version, length, packed);
    }

    private static IReadOnlyList<T> Counted<T>(RemoteAnswer answer, IReadOnlyList<T> values, int expected) => values.Count == expected
        ? values
        : throw RemoteFailures.Unreadable(answer, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"with {values.Count} elements where {expected} were asked for"));

    private static RemoteFailure Missing(RemoteAnswer answer, string what) => RemoteFailures.Unreadable(answer, $"without a {what}");

    private static T Json<T>(RemoteAnswer answer, BodyReader<T> read)
    {
        if (!answer.IsJson)
        {
            throw RemoteFailures.Unreadable(answer, "not in JSON");
        }

        try
        {
            return read(answer.Body.Span);
        }
        catch (KmsException failure)
        {
            throw RemoteFailures.Unreadable(answer, $"not as a KMS answers: {failure.Message}");
        }
    }

    private delegate T BodyReader<out T>(ReadOnlySpan<byte> body);
}
