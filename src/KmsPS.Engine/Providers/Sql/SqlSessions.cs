using System.Collections.Concurrent;
using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The sessions of one store: lends them for a read or a write, keeps those that worked, closes those that failed, and turns the
/// database's exceptions into ours.
/// </summary>
internal sealed class SqlSessions(ISqlDialect dialect) : IAsyncDisposable
{
    private readonly ConcurrentBag<SqlSession> _idle = [];
    private readonly SemaphoreSlim _writers = new(dialect.Writers, dialect.Writers);
    private volatile KmsException? _fatal;
    private volatile bool _closed;

    internal ISqlDialect Dialect { get; } = dialect;

    /// <summary>Lends a session for reading.</summary>
    internal async ValueTask<T> ReadAsync<TState, T>(TState state, Func<SqlSession, TState, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        SqlSession session = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            T result = await work(session, state, cancellationToken).ConfigureAwait(false);
            await ReturnAsync(session).ConfigureAwait(false);
            return result;
        }
        catch (DbException failure)
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw Dialect.Explain(failure);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lends a session inside a write. INVARIANT: what returned is committed; what threw was rolled back.</summary>
    internal async ValueTask<T> WriteAsync<TState, T>(TState state, Func<SqlSession, TState, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await _writers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_fatal is { } fatal)
            {
                throw new KmsException(fatal.Kind, fatal.Message, fatal.Remedy, isTransient: false, fatal);
            }

            SqlSession session = await RentAsync(cancellationToken).ConfigureAwait(false);
            return await WriteAsync(session, state, work).ConfigureAwait(false);
        }
        finally
        {
            _writers.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        while (_idle.TryTake(out SqlSession? session))
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        _writers.Dispose();
    }

    // A write that began is not given up half-way because its caller went: no token of the caller here.
    private async ValueTask<T> WriteAsync<TState, T>(SqlSession session, TState state, Func<SqlSession, TState, ValueTask<T>> work)
    {
        try
        {
            await session.RunAsync(Dialect.BeginWrite, CancellationToken.None).ConfigureAwait(false);
            T result = await work(session, state).ConfigureAwait(false);
            await session.RunAsync("COMMIT", CancellationToken.None).ConfigureAwait(false);
            await ReturnAsync(session).ConfigureAwait(false);
            return result;
        }
        catch (DbException failure)
        {
            // Closing the connection rolls back whatever it had begun.
            await session.DisposeAsync().ConfigureAwait(false);
            KmsException explained = Dialect.Explain(failure);
            if (Dialect.IsFatal(failure))
            {
                // INVARIANT: a failed fsync is never tried again, for the kernel may have dropped the dirty pages already.
                _fatal = explained;
            }

            throw explained;
        }
        catch
        {
            await RollBackAsync(session).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask RollBackAsync(SqlSession session)
    {
        try
        {
            await session.RunAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            await ReturnAsync(session).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // The connection's end rolls back as well; the first failure is the one that the caller must see.
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<SqlSession> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(SqlKeyProvider));
        if (_idle.TryTake(out SqlSession? session))
        {
            return session;
        }

        try
        {
            return new SqlSession(await Dialect.ConnectAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (DbException failure)
        {
            throw Dialect.Explain(failure);
        }
    }

    private ValueTask ReturnAsync(SqlSession session)
    {
        if (_closed)
        {
            return session.DisposeAsync();
        }

        _idle.Add(session);
        return ValueTask.CompletedTask;
    }
}
