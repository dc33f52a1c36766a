using System.Collections.Concurrent;
using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The sessions of one store: lends them for a read or a write, keeps those that worked, closes those that failed, and turns the
/// database's exceptions into ours. The only place where anything is tried again.
/// </summary>
internal sealed class SqlSessions(ISqlDialect dialect, TimeProvider time) : IAsyncDisposable
{
    private const int MostAttempts = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentBag<SqlSession> _idle = [];
    private readonly SemaphoreSlim _connections = new(dialect.Connections, dialect.Connections);
    private readonly SemaphoreSlim _writers = new(dialect.Writers, dialect.Writers);
    private readonly WriteQueue _queue = new(dialect);
    private readonly Outage _outage = new(time);
    private volatile KmsException? _fatal;
    private volatile bool _closed;

    private enum Phase
    {
        Beginning,
        Working,
        Committing,
    }

    internal ISqlDialect Dialect { get; } = dialect;

    /// <summary>The store keys, once they are proved: from then on no write begins under a store key that is not the newest any more.</summary>
    internal StoreKeyRing? Guard { get; set; }

    /// <summary>Looks at each new connection, once the store is open.</summary>
    internal EpochGate? Gate { get; set; }

    /// <summary>Opens a connection and gives it up: a file may have been put in the place of the one that is open.</summary>
    internal async ValueTask ProbeAsync(CancellationToken cancellationToken)
    {
        if (!Dialect.IsShared)
        {
            SqlSession probe = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await probe.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Lends a session for reading. A read whose connection had ended unnoticed is done again, once, over a new one; so is one that met
    /// a store key that was not known yet, as often as there was another rotation.
    /// </summary>
    internal ValueTask<T> ReadAsync<TState, T>(TState state, Func<SqlSession, TState, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        AcrossRotationsAsync((this, state, work, cancellationToken), static read => read.Item1.ReadOnceAsync(read.state, read.work, read.cancellationToken), cancellationToken);

    /// <summary>
    /// Lends a session inside a write. INVARIANT: what returned is committed; what threw was rolled back, unless the text says that
    /// nobody knows. What lost against another write is done again from the start, and so is what met a rotation of the store key.
    /// </summary>
    internal ValueTask<T> WriteAsync<TState, T>(TState state, Func<SqlSession, TState, ValueTask<T>> work, CancellationToken cancellationToken) =>
        AcrossRotationsAsync((this, state, work, cancellationToken), static write => write.Item1.WriteOnceAsync(write.state, write.work, write.cancellationToken), cancellationToken);

    // Looked again and found another list of store keys: there was one more rotation, and it is worth one more try.
    private async ValueTask<T> AcrossRotationsAsync<TJob, T>(TJob job, Func<TJob, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            IReadOnlyList<string>? known = Guard?.Names;
            try
            {
                return await attempt(job).ConfigureAwait(false);
            }
            catch (StoreKeyMovedException) when (known is not null)
            {
                await Guard!.LearnAsync(cancellationToken).ConfigureAwait(false);
                if (!isFirst && Guard.Names.SequenceEqual(known))
                {
                    throw;
                }
            }
        }
    }

    private async ValueTask<T> ReadOnceAsync<TState, T>(TState state, Func<SqlSession, TState, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(_connections, cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
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
                    if (!await WasStaleAsync(session, failure).ConfigureAwait(false))
                    {
                        throw Dialect.Explain(failure);
                    }
                }
                catch
                {
                    await session.DisposeAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }
        finally
        {
            _connections.Release();
        }
    }

    private async ValueTask<T> WriteOnceAsync<TState, T>(TState state, Func<SqlSession, TState, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        if (Dialect.Writers > 1)
        {
            return await WriteAloneAsync(state, work, cancellationToken).ConfigureAwait(false);
        }

        AnsweredWrite<TState, T> job = new(state, work);
        _queue.Add(job);
        try
        {
            await EnterAsync(_writers, cancellationToken).ConfigureAwait(false);
        }
        catch when (!job.TryWithdraw())
        {
            // Somebody else has it in hand: its end is what the caller must see.
            return await job.Answer.ConfigureAwait(false);
        }

        try
        {
            if (job.TryTake())
            {
                await WriteTogetherAsync(_queue.TakeWith(job), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _writers.Release();
        }

        return await job.Answer.ConfigureAwait(false);
    }

    // Every job that was taken is answered here, whatever happens.
    private async ValueTask WriteTogetherAsync(IReadOnlyList<WriteJob> jobs, CancellationToken cancellationToken)
    {
        try
        {
            await WriteHeldAsync((_queue, jobs), static (session, all) => all._queue.RunAsync(session, all.jobs), jobs.Count == 1 ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
            foreach (WriteJob job in jobs)
            {
                job.Complete();
            }
        }
        catch (Exception failure)
        {
            // An exception belongs to one thread: each of them gets its own.
            foreach (WriteJob job in jobs)
            {
                job.Fail(jobs.Count > 1 && failure is KmsException known and not StoreKeyMovedException ? new KmsException(known.Kind, known.Message, known.Remedy, known.IsTransient, known) { Subject = known.Subject } : failure);
            }
        }
    }

    private async ValueTask<T> WriteAloneAsync<TState, T>(TState state, Func<SqlSession, TState, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(_writers, cancellationToken).ConfigureAwait(false);
        try
        {
            return await WriteHeldAsync(state, work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writers.Release();
        }
    }

    private async ValueTask<T> WriteHeldAsync<TState, T>(TState state, Func<SqlSession, TState, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(_connections, cancellationToken).ConfigureAwait(false);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                if (_fatal is { } fatal)
                {
                    throw new KmsException(fatal.Kind, fatal.Message, fatal.Remedy, isTransient: false, fatal);
                }

                SqlSession session = await RentAsync(cancellationToken).ConfigureAwait(false);
                (bool done, T result) = await TryWriteAsync(session, state, work, attempt == MostAttempts).ConfigureAwait(false);
                if (done)
                {
                    return result;
                }
            }
        }
        finally
        {
            _connections.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await DropIdleAsync().ConfigureAwait(false);
        _writers.Dispose();
        _connections.Dispose();
        if (Dialect is IAsyncDisposable owner)
        {
            await owner.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A write that began is not given up half-way because its caller went: no token of the caller here.
    private async ValueTask<(bool Done, T Result)> TryWriteAsync<TState, T>(SqlSession session, TState state, Func<SqlSession, TState, ValueTask<T>> work, bool isLast)
    {
        Phase phase = Phase.Beginning;
        try
        {
            await BeginAsync(session).ConfigureAwait(false);
            phase = Phase.Working;
            T result = await work(session, state).ConfigureAwait(false);
            phase = Phase.Committing;
            await session.RunAsync("COMMIT", CancellationToken.None).ConfigureAwait(false);
            await ReturnAsync(session).ConfigureAwait(false);
            return (true, result);
        }
        catch (DbException failure)
        {
            // Closing the connection rolls back whatever it had begun.
            await session.DisposeAsync().ConfigureAwait(false);
            if (!isLast && (Dialect.IsRepeatable(failure) || (phase == Phase.Beginning && await WasStaleAsync(session, failure).ConfigureAwait(false))))
            {
                return default;
            }

            throw Failed(failure, phase);
        }
        catch
        {
            await RollBackAsync(session).ConfigureAwait(false);
            throw;
        }
    }

    // INVARIANT: nothing is sealed under a store key after it was retired. The newest one is read inside the write, and the rotation
    // retires an older one only when no write is under way (ISqlDialect.LockStoreKeys).
    private async ValueTask BeginAsync(SqlSession session)
    {
        if (Guard is not { } keys)
        {
            await session.RunAsync(Dialect.BeginWrite, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        byte[]? newest = await session.LastAsync(Dialect.BeginSealedWrite, CancellationToken.None).ConfigureAwait(false) as byte[];
        if (!keys.IsNewest(newest))
        {
            throw new StoreKeyMovedException(ErrorKind.StoreUnavailable, $"The store key of {Dialect.Place} was rotated in between; nothing was written", "Try again.") { Subject = Dialect.Place };
        }
    }

    private KmsException Failed(DbException failure, Phase phase)
    {
        KmsException explained = Dialect.Explain(failure);
        if (Dialect.IsFatal(failure))
        {
            // INVARIANT: a failed fsync is never tried again, for the kernel may have dropped the dirty pages already.
            _fatal = explained;
        }

        return phase == Phase.Committing && Dialect.IsConnectionLost(failure)
            ? new KmsException(ErrorKind.StoreUnavailable, $"The connection to the store {Dialect.Place} ended during a commit; whether the change was written is not known", "Read the key again before you repeat the change.", isTransient: true, failure) { Subject = Dialect.Place }
            : explained;
    }

    private async ValueTask RollBackAsync(SqlSession session)
    {
        try
        {
            await session.RunAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            await ReturnAsync(session).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is DbException or InvalidOperationException)
        {
            // The connection's end rolls back as well; the first failure is the one that the caller must see.
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    // When the database restarted, every connection that lay idle is as dead as this one.
    private async ValueTask<bool> WasStaleAsync(SqlSession session, DbException failure)
    {
        if (!session.IsReused || !Dialect.IsConnectionLost(failure))
        {
            return false;
        }

        await DropIdleAsync().ConfigureAwait(false);
        return true;
    }

    private async ValueTask DropIdleAsync()
    {
        while (_idle.TryTake(out SqlSession? session))
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask EnterAsync(SemaphoreSlim gate, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(SqlKeyProvider));
        if (!await gate.WaitAsync(Patience, cancellationToken).ConfigureAwait(false))
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"No connection to the store {Dialect.Place} became free in {Patience.TotalSeconds:0} seconds", "Look for a slow database; allow more connections if it is idle.", isTransient: true) { Subject = Dialect.Place };
        }
    }

    private async ValueTask<SqlSession> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(SqlKeyProvider));
        if ((Dialect.Refusal ?? Gate?.Refusal) is { } refusal)
        {
            await DropIdleAsync().ConfigureAwait(false);
            throw new KmsException(refusal.Kind, refusal.Message, refusal.Remedy, isTransient: false, refusal) { Subject = refusal.Subject };
        }

        if (_idle.TryTake(out SqlSession? session))
        {
            return session;
        }

        return await ConnectAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<SqlSession> ConnectAsync(CancellationToken cancellationToken)
    {
        _outage.ThrowIfLasting();
        try
        {
            SqlSession opened = new(await Dialect.ConnectAsync(cancellationToken).ConfigureAwait(false));
            _outage.End();
            return await AdmittedAsync(opened, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException failure)
        {
            throw _outage.Begin(Dialect.Explain(failure));
        }
    }

    private async ValueTask<SqlSession> AdmittedAsync(SqlSession opened, CancellationToken cancellationToken)
    {
        try
        {
            if (Gate is { } gate)
            {
                await gate.AdmitAsync(opened, cancellationToken).ConfigureAwait(false);
            }

            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private ValueTask ReturnAsync(SqlSession session)
    {
        if (_closed)
        {
            return session.DisposeAsync();
        }

        session.IsReused = true;
        _idle.Add(session);
        return ValueTask.CompletedTask;
    }
}
