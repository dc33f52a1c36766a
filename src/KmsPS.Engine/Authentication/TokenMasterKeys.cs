using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Buffers.Binary;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// The keys that token passwords are made with. A new one every update interval; an old one is kept as long as a token made with it
/// can live. Shared by the servers on one store.
/// </summary>
/// <remarks>
/// A stock server's keys have 64 bits and are forgotten at a restart. Ours have 256: no client ever sees one, and whoever holds a
/// token could otherwise try them all. Its numbers begin at 2, as a stock server's first tokens have it.
/// </remarks>
internal sealed class TokenMasterKeys(IStateStore store, TimeProvider time, TimeSpan updateInterval, TimeSpan maxLifetime) : IDisposable
{
    private const string Kind = "delegation-key";
    private const int FirstId = 2;
    private const int KeyLength = 32;

    private FrozenDictionary<int, MasterKey> _keys = FrozenDictionary<int, MasterKey>.Empty;
    private MasterKey? _current;

    /// <summary>The key that new tokens are made with.</summary>
    internal MasterKey Current => Volatile.Read(ref _current) ?? throw new InvalidOperationException("The token keys were not read yet.");

    /// <summary>A key by its number, or <see langword="null"/>.</summary>
    internal MasterKey? Find(int id) => Volatile.Read(ref _keys).GetValueOrDefault(id);

    /// <summary>HMAC-SHA1 of the identifier, 20 bytes. SOURCE: Hadoop SecretManager.createPassword.</summary>
    internal static byte[] Password(MasterKey key, ReadOnlySpan<byte> identifier)
    {
        using SecretLease lease = key.Secret.Open();
#pragma warning disable CA5350 // Clients and the recorded format fix the algorithm; HMAC-SHA1 is not broken as a MAC.
        return HMACSHA1.HashData(lease.Span, identifier);
#pragma warning restore CA5350
    }

    /// <summary>Takes over what others made, and makes a key when the current one is old.</summary>
    internal async ValueTask RefreshAsync(bool changed, CancellationToken cancellationToken)
    {
        if (changed || _current is null)
        {
            await ReadAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_current is null || time.GetUtcNow() >= _current.Created + updateInterval)
        {
            await MakeAsync(cancellationToken).ConfigureAwait(false);
            await ReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        foreach (MasterKey key in _keys.Values)
        {
            key.Secret.Dispose();
        }
    }

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        FrozenDictionary<int, MasterKey> known = _keys;
        Dictionary<int, MasterKey> keys = [];
        await foreach (StateRecord record in store.ListAsync(Kind, cancellationToken).ConfigureAwait(false))
        {
            int id = int.Parse(record.Id, CultureInfo.InvariantCulture);
            keys[id] = known.GetValueOrDefault(id) ?? new MasterKey(id, DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(record.Payload)), SecretBytes.CopyOf(record.Payload.AsSpan(8)));
            CryptographicOperations.ZeroMemory(record.Payload);
        }

        Volatile.Write(ref _keys, keys.ToFrozenDictionary());
        Volatile.Write(ref _current, keys.Count == 0 ? null : keys[keys.Keys.Max()]);
    }

    private async ValueTask MakeAsync(CancellationToken cancellationToken)
    {
        long id;
        do
        {
            id = await store.ReserveAsync(Kind, 1, cancellationToken).ConfigureAwait(false);
        }
        while (id < FirstId);

        DateTimeOffset now = time.GetUtcNow();
        byte[] payload = new byte[8 + KeyLength];
        BinaryPrimitives.WriteInt64BigEndian(payload, now.ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(payload.AsSpan(8));
        try
        {
            await store.TryWriteAsync(Kind, id.ToString(CultureInfo.InvariantCulture), payload, now + updateInterval + maxLifetime, 0, cancellationToken).ConfigureAwait(false);
            await store.RemoveExpiredAsync(Kind, now, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(payload);
        }
    }
}

/// <summary>A key that token passwords are made with.</summary>
internal sealed record MasterKey(int Id, DateTimeOffset Created, SecretBytes Secret);
