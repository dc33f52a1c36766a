using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using Npgsql;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Change stamps of a PostgreSQL store: a table of counters that every write moves inside its transaction, and a connection that
/// listens for the news. While it does not listen, nothing remembered counts as fresh.
/// </summary>
internal sealed class PostgresChanges : ISqlChanges, IAsyncDisposable
{
    private const string Channel = "kmsps_changes";

    // Takes the slot and moves it. A notification inside the write would make all commits of the database wait for each other, each for
    // its own synchronisation: PostgreSQL holds one lock from before the log is flushed until after. So it is sent behind the commit.
    private const string Record = "UPDATE change_slot SET stamp = stamp + @step WHERE slot = @slot RETURNING stamp";

    // From above, a counter counts removals in 32 bits, other changes to keys that were there in 16, and keys that were made in 16, so one
    // column tells all three. A part that is full moves the one above it, which doubts too much and never too little.
    private const int ReplacementBits = 16;
    private const int RemovalBits = 32;

    private const string RecordEvery = "UPDATE change_slot SET stamp = stamp + (1::bigint << 32)";

    // A listener that hears nothing asks: a connection may be dead without telling, and a server may be killed between its commit and
    // its notification.
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly PostgresDialect _dialect;
    private readonly ChangeFence _fence;
    private readonly bool _isStrict;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly ChangeNews _announcer;
    private Task _listening = Task.CompletedTask;
    private volatile bool _hears;
    private bool _news;

    private PostgresChanges(PostgresDialect dialect, ChangeFence fence, bool isStrict, TimeProvider time)
    {
        _dialect = dialect;
        _fence = fence;
        _isStrict = isStrict;
        _time = time;
        _announcer = new ChangeNews(dialect, "NOTIFY " + Channel, time);
    }

    public bool IsWatching => _hears && !_isStrict && _fence.Refusal is null;

    /// <summary>Begins to listen; knows every stamp when it returns.</summary>
    internal static async ValueTask<PostgresChanges> StartAsync(PostgresDialect dialect, ChangeFence fence, bool isStrict, TimeProvider time, CancellationToken cancellationToken)
    {
        PostgresChanges changes = new(dialect, fence, isStrict, time);
        try
        {
            fence.Set();
            NpgsqlConnection first = await changes.SubscribeAsync(cancellationToken).ConfigureAwait(false);
            changes._listening = changes.ListenAsync(first);
            return changes;
        }
        catch (NpgsqlException failure)
        {
            await changes.DisposeAsync().ConfigureAwait(false);
            throw dialect.Explain(failure);
        }
        catch
        {
            await changes.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public int SlotOf(KeyName key) => ChangeSlots.Of(key);

    public long ReadStamp(int slot) => _fence.Read(slot & (ChangeSlots.Count - 1));

    public long ReadReplacements(int slot) => ReadStamp(slot) >> ReplacementBits;

    public long ReadRemovals(int slot) => ReadStamp(slot) >> RemovalBits;

    public async ValueTask<long> RecordAsync(SqlSession session, KeyName key, KeyChange change)
    {
        int slot = SlotOf(key);
        long seen = _fence.Read(slot);
        object? moved = await session.Command(Record, ("@step", StepOf(change)), ("@slot", slot)).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
        return moved is long stamp && stamp > seen ? stamp : throw _fence.Behind();
    }

    public void Committed(KeyName key, long stamp)
    {
        _fence.Raise(SlotOf(key), stamp);
        _announcer.Tell();
    }

    public void Made(KeyName key, long stamp) => _fence.Raise(SlotOf(key), stamp);

    public async ValueTask RecordAllAsync(SqlSession session) => await session.RunAsync(RecordEvery, CancellationToken.None).ConfigureAwait(false);

    // This process hears of it as every other one does.
    public void CommittedAll() => _announcer.Tell();

    // It may have been committed after all: then the others must hear of it, and here it is found as everybody else's changes are.
    public void Failed(KeyName key) => _announcer.Tell();

    public async ValueTask DisposeAsync()
    {
        await _announcer.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static long StepOf(KeyChange change) => change switch
    {
        KeyChange.Makes => 1L,
        KeyChange.Adds => 1L << ReplacementBits,
        _ => 1L << RemovalBits,
    };

    // Listens first and reads the counters then, so that no change falls between.
    private async ValueTask<NpgsqlConnection> SubscribeAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _dialect.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            connection.Notification += (_, _) => Volatile.Write(ref _news, true);
            NpgsqlCommand listen = new("LISTEN " + Channel, connection);
            await using (listen.ConfigureAwait(false))
            {
                await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await _fence.CheckAsync(connection, cancellationToken).ConfigureAwait(false);
            _hears = true;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ListenAsync(NpgsqlConnection first)
    {
        NpgsqlConnection? connection = first;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                connection ??= await SubscribeAsync(_stop.Token).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await HearAsync(connection).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure) when (failure is NpgsqlException or KmsException or TimeoutException or IOException or InvalidOperationException or OperationCanceledException)
            {
                // The failure shows itself in the next read, which has to ask the database from here on.
                _hears = false;
                connection = null;
                await Task.Delay(Pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _hears = false;
    }

    // Whoever may connect may also notify: a notification is only a reason to look, and what counts is what the table says.
    private async Task HearAsync(NpgsqlConnection connection)
    {
        while (true)
        {
            // News that came in while the table was read may be younger than what was read.
            if (!Interlocked.Exchange(ref _news, false))
            {
                await connection.WaitAsync(Beat, _stop.Token).ConfigureAwait(false);
                Volatile.Write(ref _news, false);
            }

            await _fence.CheckAsync(connection, _stop.Token).ConfigureAwait(false);
        }
    }
}
