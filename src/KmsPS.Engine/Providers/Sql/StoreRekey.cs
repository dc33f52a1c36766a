using System.Diagnostics;
using System.Globalization;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Replaces the store key while servers go on.</summary>
/// <remarks>
/// The new key is durable in the key file before the database lists it, and the database lists it before anything is sealed under it.
/// The old one leaves the list only in a write that found no row under it and that waited for every write that could make one; it
/// leaves the file after that. So a process that is killed anywhere leaves a store whose rows all open, and the next run goes on.
/// </remarks>
/// <param name="store">The store.</param>
/// <param name="rows">How rows of keys are sealed.</param>
internal sealed class StoreRekey(SqlStore store, KeyRows rows)
{
    private const int MostSweeps = 5;

    private readonly List<StoreFailure> _failures = [];
    private long _moved;
    private long _total;

    /// <summary>Runs it, or goes on with it.</summary>
    internal async ValueTask<RekeyReport> RunAsync(RekeyRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        StoreKeyRing ring = store.Keys;
        using IDisposable alone = ring.Source.Lock();
        await ring.LearnAsync(cancellationToken).ConfigureAwait(false);
        bool isResumed = ring.Names.Count > 1;
        if (request.StageOnly)
        {
            using StoreKey staged = await ring.Source.AddAsync(cancellationToken).ConfigureAwait(false);
            return new RekeyReport(staged.Name, ring.Source.Place, [], 0, IsResumed: false, IsFinished: false, []);
        }

        if (!isResumed)
        {
            await BeginAsync(request, cancellationToken).ConfigureAwait(false);
        }

        string[] old = [.. ring.Names.SkipLast(1)];
        bool isDone = await MoveAllAsync(progress, cancellationToken).ConfigureAwait(false);
        if (isDone)
        {
            await ring.LearnAsync(cancellationToken).ConfigureAwait(false);
            await ring.Source.KeepAsync(ring.Names.ToHashSet(StringComparer.Ordinal), CancellationToken.None).ConfigureAwait(false);
        }

        return new RekeyReport(ring.Current.Name, ring.Source.Place, isDone ? old : [], _moved, isResumed, isDone, _failures);
    }

    private async ValueTask BeginAsync(RekeyRequest request, CancellationToken cancellationToken)
    {
        if (store.Sessions.Dialect.IsShared && request is { StagedKeyId: null, IsOnlyServer: false })
        {
            throw new KmsException(
                ErrorKind.Conflict,
                $"Other servers may use {store.Place}, and they would not have the new store key",
                "Run Update-KmsStoreKey -Stage, copy the key file to every server, then run Update-KmsStoreKey -StoreKeyId with the id that it gave; or add -OnlyServer if there is no other.") { Subject = store.Place };
        }

        using StoreKey key = request.StagedKeyId is { } staged
            ? await FindStagedAsync(staged, cancellationToken).ConfigureAwait(false)
            : await store.Keys.Source.AddAsync(cancellationToken).ConfigureAwait(false);
        await store.Sessions.WriteAsync((store, key), static async (session, job) =>
        {
            // A clock that went back must not make the new key older than the one it replaces.
            object? last = await session.Command(SqlText.LastStoreKeyTime).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
            long now = Math.Max(job.store.NowMs, Convert.ToInt64(last, CultureInfo.InvariantCulture) + 1);
            await job.store.AddStoreKeyAsync(session, job.key, now).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        await store.Keys.LearnAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask<StoreKey> FindStagedAsync(string id, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoreKey> held = await store.Keys.Source.ReadAsync(cancellationToken).ConfigureAwait(false);
        StoreKey? wanted = held.FirstOrDefault(key => string.Equals(key.Name, id, StringComparison.OrdinalIgnoreCase));
        foreach (StoreKey other in held.Where(key => key != wanted))
        {
            other.Dispose();
        }

        if (wanted is not null && !store.Keys.Names.Contains(wanted.Name))
        {
            return wanted;
        }

        wanted?.Dispose();
        throw new KmsException(
            ErrorKind.InvalidRequest,
            wanted is null ? $"{store.Keys.Source.Place} holds no store key {Keys.Printable.Text(id)}" : $"The store key {wanted.Name} is in use already",
            "Update-KmsStoreKey -Stage makes one and tells its id.") { Subject = store.Place };
    }

    private async ValueTask<bool> MoveAllAsync(IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        _total = await CountLeftAsync(cancellationToken).ConfigureAwait(false);
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            _failures.Clear();
            foreach (SealedRows kind in rows.Sealed().Append(store.States.Sealed()))
            {
                await SweepAsync(kind, progress, cancellationToken).ConfigureAwait(false);
            }

            // Who read the old key as the newest before the list moved may have written a row under it since: then there is another sweep.
            if (_failures.Count > 0 || await TryRetireAsync(cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        return await IsRetiredAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SweepAsync(SealedRows kind, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        object?[]? after = kind.Start;
        while (after is not null)
        {
            long started = Stopwatch.GetTimestamp();
            ResealedPage page = await store.Sessions.WriteAsync((kind, after), static (session, job) => job.kind.MoveAsync(session, job.after), cancellationToken).ConfigureAwait(false);
            after = page.After;
            _moved += page.Moved;
            _failures.AddRange(page.Failures);
            if (page.Read == 0)
            {
                continue;
            }

            progress?.Report(new StoreProgress("Sealing rows under the new store key", _moved, Math.Max(_total, _moved)));

            // As long again for everybody else: SQLite lets whoever asks first write first, and that would always be this loop.
            await Task.Delay(Stopwatch.GetElapsedTime(started), store.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask<long> CountLeftAsync(CancellationToken cancellationToken) =>
        store.Sessions.ReadAsync(store, static (session, store, stop) => LeftAsync(session, store, stop), cancellationToken);

    private async ValueTask<bool> TryRetireAsync(CancellationToken cancellationToken)
    {
        StoreEpoch? begun = await store.Sessions.WriteAsync(store, RetireAsync, cancellationToken).ConfigureAwait(false);
        if (begun is not null)
        {
            await store.Gate.SawAsync(begun.Number, CancellationToken.None).ConfigureAwait(false);
        }

        return begun is not null;
    }

    private static async ValueTask<StoreEpoch?> RetireAsync(SqlSession session, SqlStore store)
    {
        if (store.Sessions.Dialect.LockStoreKeys is { Length: > 0 } wait)
        {
            await session.RunAsync(wait, CancellationToken.None).ConfigureAwait(false);
        }

        if (await LeftAsync(session, store, CancellationToken.None).ConfigureAwait(false) > 0)
        {
            return null;
        }

        foreach (string old in store.Keys.Names.SkipLast(1))
        {
            await session.Command(SqlText.RetireStoreKey, ("@id", Convert.FromHexString(old))).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }

        // A copy of the database from before the rotation is older than this one, and is known as such from now on.
        StoreEpoch epoch = (await StoreEpoch.ReadAsync(session, store.States, CancellationToken.None).ConfigureAwait(false)).After(0, store.NowMs, "rekey");
        await epoch.WriteAsync(session, store.States).ConfigureAwait(false);
        return epoch;
    }

    private async ValueTask<bool> IsRetiredAsync(CancellationToken cancellationToken)
    {
        await store.Keys.LearnAsync(cancellationToken).ConfigureAwait(false);
        return store.Keys.Names.Count == 1;
    }

    private static async ValueTask<long> LeftAsync(SqlSession session, SqlStore store, CancellationToken cancellationToken) =>
        Convert.ToInt64(await session.Command(ResealText.Left, ("@current", store.Current.Id)).ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
}
