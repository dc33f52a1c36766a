using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Issues, verifies, renews and cancels delegation tokens. They live in the shared store, so they survive a restart and every server
/// on the store honours them; a token seen before is verified from memory, without a lock.
/// </summary>
/// <remarks>
/// SOURCE: Hadoop AbstractDelegationTokenSecretManager, whose texts these are. A token cancelled on another server is refused here
/// within about a second: cancellations are written down and read by <see cref="RefreshAsync"/>.
/// </remarks>
internal sealed class DelegationTokenManager : ISharedState, IDisposable
{
    private const string TokenKind = "delegation-token";
    private const string CancelledKind = "delegation-cancelled";
    private const string InvalidToken = "org.apache.hadoop.security.token.SecretManager$InvalidToken: ";
    private const string AccessControl = "org.apache.hadoop.security.AccessControlException: ";

    // Taking a number is a commit. In blocks, an issue is one commit and not two; what a server leaves of its block is never used.
    private const int NumbersAtOnce = 32;

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly DelegationTokenSettings _settings;
    private readonly TokenMasterKeys _keys;
    private readonly ConcurrentDictionary<int, TokenRecord> _tokens = new();
    private readonly SemaphoreSlim _numbers = new(1, 1);
    private long _nextNumber = 1;
    private long _lastNumber;
    private DateTimeOffset _nextScan;

    private DelegationTokenManager(IStateStore store, TimeProvider time, DelegationTokenSettings settings)
    {
        _store = store;
        _time = time;
        _settings = settings;
        _keys = new TokenMasterKeys(store, time, settings.KeyUpdateInterval, settings.MaxLifetime);
        _nextScan = time.GetUtcNow() + settings.RemovalScanInterval;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Joins the servers on <paramref name="store"/>.</summary>
    public static async ValueTask<DelegationTokenManager> OpenAsync(IStateStore store, TimeProvider time, DelegationTokenSettings settings, CancellationToken cancellationToken)
    {
        DelegationTokenManager manager = new(store, time, settings);
        await manager._keys.RefreshAsync(changed: true, cancellationToken).ConfigureAwait(false);
        return manager;
    }

    /// <summary>Makes a token.</summary>
    /// <param name="owner">Whom it stands for.</param>
    /// <param name="renewer">Who may renew it; empty for nobody.</param>
    /// <param name="realUser">The proxy that asks; empty where the owner does.</param>
    /// <param name="service">Whom it is for; empty for anybody.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<DelegationToken> IssueAsync(string owner, string renewer, string realUser, string service, CancellationToken cancellationToken)
    {
        int sequence = await NextNumberAsync(cancellationToken).ConfigureAwait(false);
        long now = Now;
        MasterKey key = _keys.Current;
        TokenIdentifier identifier = new(owner, renewer, realUser, now, now + (long)_settings.MaxLifetime.TotalMilliseconds, sequence, key.Id);
        TokenRecord record = new(identifier, now + (long)_settings.RenewInterval.TotalMilliseconds, revision: 1);
        if (!await WriteAsync(identifier, record.RenewDate, expectedRevision: 0, cancellationToken).ConfigureAwait(false))
        {
            throw new KmsException(ErrorKind.StoreCorrupt, $"Token number {sequence} was given out twice", "Restore the store's newest backup; its counter went backwards.");
        }

        _tokens[sequence] = record;
        return new DelegationToken(identifier, TokenMasterKeys.Password(key, identifier.Encode()), service);
    }

    /// <summary>Whom a presented token stands for. Completes at once for a token seen before.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.AuthenticationFailed"/>: unknown, ended or forged; the text is Hadoop's.</exception>
    internal async ValueTask<TokenRecord> VerifyAsync(DelegationToken token, CancellationToken cancellationToken)
    {
        TokenIdentifier identifier = token.Identifier;
        TokenRecord? record = Known(identifier);
        if (record is null && IsPasswordGood(token))
        {
            // Another server may have made it. Asked only for a good password, so that forgeries cost no read.
            record = await FindAsync(identifier, cancellationToken).ConfigureAwait(false);
        }

        if (record is null)
        {
            throw Refused($"{InvalidToken}Token for real user: {identifier.RealUser}, can't be found in cache");
        }

        if (record.RenewDate < Now)
        {
            // Another server may have renewed it.
            record = await FindAsync(identifier, cancellationToken).ConfigureAwait(false) ?? record;
        }

        if (record.RenewDate < Now)
        {
            throw Refused($"{InvalidToken}Token {identifier.RealUser} has expired, current time: {Stamp(Now)} expected renewal time: {Stamp(record.RenewDate)}");
        }

        return IsPasswordGood(token) ? record : throw Refused($"{InvalidToken}token ({identifier}) is invalid, password doesn't match");
    }

    /// <summary>Whether what <see cref="VerifyAsync"/> returned still holds: two reads.</summary>
    internal static bool IsAlive(TokenRecord record, long now) => !record.IsCancelled && record.RenewDate >= now;

    /// <summary>Prolongs a token; the new end, milliseconds since 1970.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.AuthenticationFailed"/>: the renewer may not, or the token cannot.</exception>
    public async ValueTask<long> RenewAsync(DelegationToken token, string renewer, CancellationToken cancellationToken)
    {
        TokenIdentifier identifier = token.Identifier;
        long now = Now;
        if (identifier.MaxDate < now)
        {
            throw Refused($"{InvalidToken}{renewer} tried to renew an expired token ({identifier}) max expiration date: {Stamp(identifier.MaxDate)} currentTime: {Stamp(now)}");
        }

        if (identifier.Renewer.Length == 0)
        {
            throw Refused($"{AccessControl}{renewer} tried to renew a token ({identifier}) without a renewer");
        }

        if (!string.Equals(identifier.Renewer, renewer, StringComparison.Ordinal))
        {
            throw Refused($"{AccessControl}{renewer} tries to renew a token ({identifier}) with non-matching renewer {identifier.Renewer}");
        }

        if (_keys.Find(identifier.MasterKeyId) is null)
        {
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"{InvalidToken}Unable to find master key for keyId={identifier.MasterKeyId} from cache. Failed to renew an unexpired token ({identifier}) with sequenceNumber={identifier.SequenceNumber}"));
        }

        if (!IsPasswordGood(token))
        {
            throw Refused($"{AccessControl}{renewer} is trying to renew a token ({identifier}) with wrong password");
        }

        // The row is read again, since another server may have changed it.
        TokenRecord record = await FindAsync(identifier, cancellationToken).ConfigureAwait(false)
            ?? throw Gone(identifier);
        long renewDate = Math.Min(identifier.MaxDate, now + (long)_settings.RenewInterval.TotalMilliseconds);
        if (await WriteAsync(identifier, renewDate, record.Revision, cancellationToken).ConfigureAwait(false))
        {
            // It may come nearer: a token that was issued for longer than it may live ends with its greatest age. SOURCE: recorded/auth/token-renew-over-max.
            record.RenewDate = renewDate;
            return renewDate;
        }

        // Another server was first, and reading the row again took its date over.
        return await FindAsync(identifier, cancellationToken).ConfigureAwait(false) is { } renewed
            ? renewed.RenewDate
            : throw Gone(identifier);
    }

    /// <summary>Ends a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="canceller">Short name of who asks; <see langword="null"/> for whoever has the token, whose password is then verified.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KmsException"><see cref="ErrorKind.AuthenticationFailed"/>: the canceller may not, or there is no such token.</exception>
    public async ValueTask CancelAsync(DelegationToken token, string? canceller, CancellationToken cancellationToken)
    {
        TokenIdentifier identifier = token.Identifier;
        TokenRecord record = canceller is null
            ? await VerifyAsync(token, cancellationToken).ConfigureAwait(false)
            : await FindAsync(identifier, cancellationToken).ConfigureAwait(false) ?? throw Refused($"{InvalidToken}Token not found ({identifier})");
        if (canceller is not null && canceller != identifier.Owner && (identifier.Renewer.Length == 0 || canceller != identifier.Renewer))
        {
            throw Refused($"{AccessControl}{canceller} is not authorized to cancel the token ({identifier})");
        }

        string id = IdOf(identifier.SequenceNumber);

        // The note for the other servers comes first: a crash in between leaves a token that is refused.
        await _store.TryWriteAsync(CancelledKind, id, Array.Empty<byte>(), DateTimeOffset.FromUnixTimeMilliseconds(identifier.MaxDate), 0, cancellationToken).ConfigureAwait(false);
        bool removed = await _store.RemoveAsync(TokenKind, id, cancellationToken).ConfigureAwait(false);
        Forget(identifier.SequenceNumber);
        record.IsCancelled = true;
        if (!removed)
        {
            throw Refused($"{InvalidToken}Token not found ({identifier})");
        }
    }

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(bool changed, CancellationToken cancellationToken)
    {
        await _keys.RefreshAsync(changed, cancellationToken).ConfigureAwait(false);
        if (changed)
        {
            await foreach (StateRecord cancelled in _store.ListAsync(CancelledKind, cancellationToken).ConfigureAwait(false))
            {
                Forget(int.Parse(cancelled.Id, CultureInfo.InvariantCulture));
            }
        }

        DateTimeOffset now = _time.GetUtcNow();
        if (now < _nextScan)
        {
            return;
        }

        _nextScan = now + _settings.RemovalScanInterval;
        await _store.RemoveExpiredAsync(TokenKind, now, cancellationToken).ConfigureAwait(false);
        await _store.RemoveExpiredAsync(CancelledKind, now, cancellationToken).ConfigureAwait(false);
        foreach ((int sequence, TokenRecord record) in _tokens)
        {
            if (record.RenewDate < now.ToUnixTimeMilliseconds())
            {
                _tokens.TryRemove(sequence, out _);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _numbers.Dispose();
    }

    private async ValueTask<int> NextNumberAsync(CancellationToken cancellationToken)
    {
        await _numbers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_nextNumber > _lastNumber)
            {
                _nextNumber = await _store.ReserveAsync(TokenKind, NumbersAtOnce, cancellationToken).ConfigureAwait(false);
                _lastNumber = _nextNumber + NumbersAtOnce - 1;
            }

            return checked((int)_nextNumber++);
        }
        finally
        {
            _numbers.Release();
        }
    }

    // Its password was right, so nobody else's token is meant: what the store no longer has is not honoured from memory either.
    private KmsException Gone(TokenIdentifier identifier)
    {
        Forget(identifier.SequenceNumber);
        return Refused($"{InvalidToken}Renewal request for unknown token ({identifier})");
    }

    private static string IdOf(int sequence) => sequence.ToString(CultureInfo.InvariantCulture);

    private static KmsException Refused(string text) => new(ErrorKind.AuthenticationFailed, text, "Ask for a new delegation token.");

    // SOURCE: Hadoop Time.formatTime.
    private static string Stamp(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, 253402300799999)).ToString("yyyy-MM-dd HH:mm:ss,fff'+0000'", CultureInfo.InvariantCulture);

    private TokenRecord? Known(TokenIdentifier identifier) =>
        _tokens.TryGetValue(identifier.SequenceNumber, out TokenRecord? record) && record.Identifier == identifier ? record : null;

    private bool IsPasswordGood(DelegationToken token) =>
        _keys.Find(token.Identifier.MasterKeyId) is { } key
        && CryptographicOperations.FixedTimeEquals(TokenMasterKeys.Password(key, token.Identifier.Encode()), token.Password.Span);

    private void Forget(int sequence)
    {
        if (_tokens.TryRemove(sequence, out TokenRecord? record))
        {
            record.IsCancelled = true;
        }
    }

    private async ValueTask<TokenRecord?> FindAsync(TokenIdentifier identifier, CancellationToken cancellationToken)
    {
        StateRecord? row = await _store.FindAsync(TokenKind, IdOf(identifier.SequenceNumber), cancellationToken).ConfigureAwait(false);
        if (row is null || TokenIdentifier.Decode(row.Payload.AsSpan(8)) != identifier)
        {
            return null;
        }

        TokenRecord record = _tokens.GetOrAdd(identifier.SequenceNumber, static (_, found) => found, new TokenRecord(identifier, 0, 0));
        record.RenewDate = BinaryPrimitives.ReadInt64BigEndian(row.Payload);
        record.Revision = row.Revision;
        return record;
    }

    private async ValueTask<bool> WriteAsync(TokenIdentifier identifier, long renewDate, long expectedRevision, CancellationToken cancellationToken)
    {
        byte[] bytes = identifier.Encode();
        byte[] payload = new byte[8 + bytes.Length];
        BinaryPrimitives.WriteInt64BigEndian(payload, renewDate);
        bytes.CopyTo(payload, 8);
        return await _store.TryWriteAsync(TokenKind, IdOf(identifier.SequenceNumber), payload, DateTimeOffset.FromUnixTimeMilliseconds(renewDate), expectedRevision, cancellationToken).ConfigureAwait(false);
    }
}
