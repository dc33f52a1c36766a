using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Secrets that the servers on one store share: each accepts the others' cookies, and a restart forgets none. They roll every
/// lifetime of a cookie; the next one is handed out ahead of time, so that a server that has not looked yet accepts it.
/// </summary>
/// <remarks>SOURCE: Hadoop ZKSignerSecretProvider, whose record this is: version, next, current, previous, time of the next roll.</remarks>
internal sealed class SharedSignerSecrets : ISignerSecrets, ISharedState
{
    private const string Kind = "cookie-secret";
    private const string Id = "ring";
    private const int Length = 32;
    private const int PayloadLength = 4 + (3 * Length) + 8;

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lifetime;
    private Ring _ring;
    private SignerSecretSet? _retired;

    private SharedSignerSecrets(IStateStore store, TimeProvider time, TimeSpan lifetime, Ring ring)
    {
        _store = store;
        _time = time;
        _lifetime = lifetime;
        _ring = ring;
    }

    /// <inheritdoc/>
    public SignerSecretSet Current => Volatile.Read(ref _ring).Secrets;

    /// <summary>Joins the servers on <paramref name="store"/>, or is the first of them.</summary>
    public static async ValueTask<SharedSignerSecrets> OpenAsync(IStateStore store, TimeProvider time, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        Ring ring = await ReadOrRollAsync(store, time, lifetime, cancellationToken).ConfigureAwait(false);
        return new SharedSignerSecrets(store, time, lifetime, ring);
    }

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(bool changed, CancellationToken cancellationToken)
    {
        Ring mine = _ring;
        if (!changed && _time.GetUtcNow() < mine.NextRoll)
        {
            return;
        }

        Ring read = await ReadOrRollAsync(_store, _time, _lifetime, cancellationToken).ConfigureAwait(false);
        if (read.Revision == mine.Revision)
        {
            read.Dispose();
            return;
        }

        // Somebody may still be verifying with the old set, so it is cleared one turn later.
        Dispose(_retired);
        _retired = mine.Secrets;
        Volatile.Write(ref _ring, read);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(_retired);
        _ring.Dispose();
    }

    private static void Dispose(SignerSecretSet? secrets)
    {
        foreach (SecretBytes secret in secrets?.Accepted ?? [])
        {
            secret.Dispose();
        }
    }

    private static async ValueTask<Ring> ReadOrRollAsync(IStateStore store, TimeProvider time, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        while (true)
        {
            StateRecord? record = await store.FindAsync(Kind, Id, cancellationToken).ConfigureAwait(false);
            byte[] payload = record?.Payload ?? [];
            DateTimeOffset now = time.GetUtcNow();
            try
            {
                if (record is not null && payload.Length != PayloadLength)
                {
                    throw new KmsException(ErrorKind.StoreCorrupt, $"The shared cookie secret has {payload.Length} bytes instead of {PayloadLength}", "Restore the store from a backup, or remove the record so that callers sign in again.");
                }

                if (record is not null && now < NextRoll(payload))
                {
                    return Read(payload, record.Revision);
                }

                byte[] next = record is null ? First(now + lifetime) : Rolled(payload, now, lifetime);
                // Whoever lost reads what the winner wrote.
                _ = await store.TryWriteAsync(Kind, Id, next, null, record?.Revision ?? 0, cancellationToken).ConfigureAwait(false);
                CryptographicOperations.ZeroMemory(next);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(payload);
            }
        }
    }

    private static byte[] First(DateTimeOffset roll)
    {
        byte[] payload = new byte[PayloadLength];
        RandomNumberGenerator.Fill(payload.AsSpan(4, 3 * Length));
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(PayloadLength - 8), roll.ToUnixTimeMilliseconds());
        return payload;
    }

    private static byte[] Rolled(ReadOnlySpan<byte> old, DateTimeOffset now, TimeSpan lifetime)
    {
        byte[] payload = new byte[PayloadLength];
        RandomNumberGenerator.Fill(payload.AsSpan(4, Length));
        old.Slice(4, 2 * Length).CopyTo(payload.AsSpan(4 + Length));

        // A start long after the time skips forward by whole periods.
        long missed = (long)((now - NextRoll(old)) / lifetime);
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(PayloadLength - 8), (NextRoll(old) + (lifetime * (missed + 1))).ToUnixTimeMilliseconds());
        return payload;
    }

    private static DateTimeOffset NextRoll(ReadOnlySpan<byte> payload) =>
        DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(payload[(PayloadLength - 8)..]));

    private static Ring Read(ReadOnlySpan<byte> payload, long revision)
    {
        SecretBytes next = SecretBytes.CopyOf(payload.Slice(4, Length));
        SecretBytes current = SecretBytes.CopyOf(payload.Slice(4 + Length, Length));
        SecretBytes previous = SecretBytes.CopyOf(payload.Slice(4 + (2 * Length), Length));
        return new Ring(new SignerSecretSet(current, [current, next, previous]), NextRoll(payload), revision);
    }

    private sealed record Ring(SignerSecretSet Secrets, DateTimeOffset NextRoll, long Revision) : IDisposable
    {
        public void Dispose() => SharedSignerSecrets.Dispose(Secrets);
    }
}
