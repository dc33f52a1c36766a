using System.Collections.Frozen;
using System.Data.Common;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The store keys that the database lists, with what the source holds of them. The newest listed one seals; all listed ones open.
/// While one replaces another there are two, and a process that meets one it does not know looks again.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="source">Where its keys come from; owned by the ring.</param>
internal sealed class StoreKeyRing(SqlStore store, IStoreKeySource source) : IDisposable
{
    private const string CanaryPurpose = "KmsPS canary 1";

    private readonly SemaphoreSlim _looking = new(1);

    // Those that left the list stay open until the end: a read that is under way may still hold a row of theirs.
    private readonly Dictionary<string, StoreSeal> _everHeld = new(StringComparer.Ordinal);
    private volatile Listed _listed = new([], FrozenDictionary<string, StoreSeal>.Empty);

    /// <summary>Where the keys come from.</summary>
    internal IStoreKeySource Source => source;

    /// <summary>What seals from now on.</summary>
    /// <exception cref="KmsException">The source does not hold it yet.</exception>
    internal StoreSeal Current => _listed is { Ids: [.., var newest], Seals: var seals }
        ? seals.GetValueOrDefault(newest) ?? throw NotHeld(newest)
        : throw store.Damaged("the store key", "it is missing");

    /// <summary>Names of the listed keys, oldest first.</summary>
    internal IReadOnlyList<string> Names => _listed.Ids;

    private static ReadOnlySpan<byte> Canary => "the store key is the right one"u8;

    /// <summary>What opens rows of that store key.</summary>
    /// <exception cref="StoreKeyMovedException">It is not known here.</exception>
    internal StoreSeal Of(ReadOnlySpan<byte> id, string what)
    {
        string name = Convert.ToHexStringLower(id);
        Listed listed = _listed;
        return listed.Seals.GetValueOrDefault(name)
            ?? throw (listed.Ids.Contains(name) ? NotHeld(name) : store.UnknownKey(what));
    }

    /// <summary>Whether <paramref name="newest"/>, as the database has it inside a write, is what seals here.</summary>
    internal bool IsNewest(byte[]? newest) => newest is not null && _listed.Ids is [.., var known] && known == Convert.ToHexStringLower(newest);

    /// <summary>The canary of a key: a known text under its seal.</summary>
    internal byte[] SealCanary(StoreKey key)
    {
        using KeySealer sealer = new(key.Key);
        return sealer.Seal(Canary, store.Bind(CanaryPurpose, key.Id.Span).Span);
    }

    /// <summary>Reads the list at opening. Every listed key must be there and open its canary.</summary>
    internal ValueTask ProveAsync(CancellationToken cancellationToken) => LookAsync(isStrict: true, cancellationToken);

    /// <summary>Reads the list again. A listed key that is not there yet is an error only for what is sealed under it.</summary>
    internal ValueTask LearnAsync(CancellationToken cancellationToken) => LookAsync(isStrict: false, cancellationToken);

    /// <summary>Opens every canary with what is held.</summary>
    internal async ValueTask TestAsync(CancellationToken cancellationToken)
    {
        foreach ((byte[] id, byte[] canary) in await store.Sessions.ReadAsync(this, ListAsync, cancellationToken).ConfigureAwait(false))
        {
            string name = Convert.ToHexStringLower(id);
            using SecretBytes opened = Of(id, "the canary").Sealer.TryOpen(canary, store.Bind(CanaryPurpose, id).Span) ?? throw WrongKey(name, "the canary says so");
        }
    }

    public void Dispose()
    {
        foreach (StoreSeal held in _everHeld.Values)
        {
            held.Sealer.Dispose();
        }

        _looking.Dispose();
        source.Dispose();
    }

    private async ValueTask LookAsync(bool isStrict, CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            List<(byte[] Id, byte[] Canary)> rows = await store.Sessions.ReadAsync(this, ListAsync, cancellationToken).ConfigureAwait(false);
            if (rows.Exists(row => !_everHeld.ContainsKey(Convert.ToHexStringLower(row.Id))))
            {
                await FetchAsync(rows, isStrict, cancellationToken).ConfigureAwait(false);
            }

            string[] ids = [.. rows.Select(static row => Convert.ToHexStringLower(row.Id))];
            _listed = new Listed(ids, ids.Where(_everHeld.ContainsKey).ToFrozenDictionary(static id => id, id => _everHeld[id], StringComparer.Ordinal));
            _ = isStrict ? Current : null;
        }
        finally
        {
            _looking.Release();
        }
    }

    private async ValueTask FetchAsync(List<(byte[] Id, byte[] Canary)> rows, bool isStrict, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoreKey> keys = await source.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach ((byte[] id, byte[] canary) in rows)
            {
                string name = Convert.ToHexStringLower(id);
                if (_everHeld.ContainsKey(name))
                {
                    continue;
                }

                StoreKey? key = keys.FirstOrDefault(held => held.Name == name);
                if (key is null && !isStrict)
                {
                    continue;
                }

                Take(id, canary, key ?? throw WrongKey(name, $"{source.Place} does not hold it (it holds {string.Join(", ", keys.Select(static held => held.Name))})"));
            }
        }
        finally
        {
            foreach (StoreKey key in keys)
            {
                key.Dispose();
            }
        }
    }

    private void Take(byte[] id, byte[] canary, StoreKey key)
    {
        KeySealer sealer = new(key.Key);
        using SecretBytes? opened = sealer.TryOpen(canary, store.Bind(CanaryPurpose, id).Span);
        if (opened is null)
        {
            sealer.Dispose();
            throw WrongKey(key.Name, $"the key of that name in {source.Place} is another one: it does not open the store's canary");
        }

        _everHeld.Add(key.Name, new StoreSeal(id, sealer));
    }

    private KmsException WrongKey(string wanted, string why) => new(
        ErrorKind.StoreCorrupt,
        $"The store {store.Place} is sealed under store key {wanted}, and {why}",
        "Put the key file back that belongs to this store.") { Subject = store.Place };

    private StoreKeyMovedException NotHeld(string id) => new(
        ErrorKind.StoreUnavailable,
        $"The store {store.Place} was moved to store key {id}, and {source.Place} does not hold it",
        $"Copy the key file from the server that rotated the store key to {source.Place}; no restart is needed.") { Subject = store.Place };

    private static async ValueTask<List<(byte[] Id, byte[] Canary)>> ListAsync(SqlSession session, StoreKeyRing ring, CancellationToken cancellationToken)
    {
        List<(byte[], byte[])> listed = [];
        DbDataReader rows = await session.Command(SqlText.ListStoreKeys).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                listed.Add(((byte[])rows.GetValue(0), (byte[])rows.GetValue(1)));
            }
        }

        return listed;
    }

    private sealed record Listed(IReadOnlyList<string> Ids, FrozenDictionary<string, StoreSeal> Seals);
}
