using KmsPS.Engine.Errors;
using Npgsql;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Tells the other servers on a PostgreSQL database that something was committed, over a connection of its own. What comes while one
/// telling is under way is told by the next: any number of writers cost one notification after another.
/// </summary>
/// <param name="dialect">The database.</param>
/// <param name="notify">The statement that tells.</param>
/// <param name="time">The clock.</param>
internal sealed class ChangeNews(PostgresDialect dialect, string notify, TimeProvider time) : IAsyncDisposable
{
    // Between a connection that failed and the next attempt. Meanwhile the others find out by asking.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _news = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task? _telling;
    private int _waiting;

    /// <summary>Something was committed. Returns at once.</summary>
    internal void Tell()
    {
        if (Interlocked.Exchange(ref _waiting, 1) != 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _telling ??= Task.Run(TellAsync);
            _news.Release();
        }
    }

    /// <summary>Tells what was committed last, unless the database is away, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? telling;
        lock (_gate)
        {
            _stop.Cancel();
            telling = _telling;
        }

        if (telling is not null)
        {
            await telling.ConfigureAwait(false);
        }

        _news.Dispose();
        _stop.Dispose();
    }

    private async Task TellAsync()
    {
        NpgsqlConnection? connection = null;
        while (!_stop.IsCancellationRequested)
        {
            await _news.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                connection ??= await OpenAsync().ConfigureAwait(false);

                // Before the statement: whatever is committed from here on needs another one.
                if (Interlocked.Exchange(ref _waiting, 0) != 0)
                {
                    await RunAsync(connection, notify).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or KmsException or TimeoutException or IOException or InvalidOperationException)
            {
                // Nothing was lost: listeners also ask by themselves, several times a second.
                connection = await DropAsync(connection).ConfigureAwait(false);
                Interlocked.Exchange(ref _waiting, 0);
                await Task.Delay(Pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await DropAsync(connection).ConfigureAwait(false);
    }

    // A notification is no fact that must survive: it does not wait for the disk.
    private async ValueTask<NpgsqlConnection> OpenAsync()
    {
        NpgsqlConnection connection = await dialect.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        await RunAsync(connection, "SET synchronous_commit = off").ConfigureAwait(false);
        return connection;
    }

    private static async ValueTask RunAsync(NpgsqlConnection connection, string sql)
    {
        NpgsqlCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
#pragma warning disable CA2100 // A constant.
            command.CommandText = sql;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async ValueTask<NpgsqlConnection?> DropAsync(NpgsqlConnection? connection)
    {
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return null;
    }
}
