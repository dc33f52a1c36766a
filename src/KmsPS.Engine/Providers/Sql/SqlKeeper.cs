using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers.Backup;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Cares for a store in a database.</summary>
/// <param name="store">The store.</param>
/// <param name="rows">Its rows of keys.</param>
/// <param name="changes">Where changes are announced.</param>
internal sealed class SqlKeeper(SqlStore store, KeyRows rows, ISqlChanges changes) : IStoreKeeper
{
    public ValueTask<RekeyReport> RekeyAsync(RekeyRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) =>
        new StoreRekey(store, rows).RunAsync(request, progress, cancellationToken);

    public async ValueTask<BackupReport> BackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        // A rotation would take store keys from the list that the snapshot still needs.
        using IDisposable alone = store.Keys.Source.Lock();
        await store.Keys.LearnAsync(cancellationToken).ConfigureAwait(false);
        StoreEpoch epoch = await store.Sessions.ReadAsync(store.States, StoreEpoch.ReadAsync, cancellationToken).ConfigureAwait(false);
        byte[] id = RandomNumberGenerator.GetBytes(StoreKey.IdLength);
        DateTimeOffset now = store.Time.GetUtcNow();
        BackupWriter? writer = null;
        BackupScribe? scribe = null;
        try
        {
            await Scan().RunAsync(Begin, progress, "Backing up", cancellationToken).ConfigureAwait(false);
            scribe!.End();
            return new BackupReport(request.Path, Convert.ToHexStringLower(id), now, scribe.Counts, scribe.Failures);
        }
        finally
        {
            writer?.Dispose();
        }

        // A read that is done again begins a new file.
        BackupScribe Begin()
        {
            writer?.Dispose();
            writer = BackupWriter.Create(request.Path, request.Keys, id, now);
            scribe = new BackupScribe(writer);
            scribe.Begin(store.Name, epoch.Number, store.Place);
            return scribe;
        }
    }

    public async ValueTask<RestoreReport> RestoreAsync(RestoreRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.NumberGap);
        (RestoreReport report, StoreEpoch epoch) = await store.Sessions.WriteAsync((this, request, progress), static (session, job) => job.Item1.PlayAsync(session, job.request, job.progress), cancellationToken).ConfigureAwait(false);
        await store.Gate.SawAsync(epoch.Number, CancellationToken.None).ConfigureAwait(false);
        changes.CommittedAll();
        return report;
    }

    public async ValueTask<BackupTrial> TestBackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-trial-");
        try
        {
            SqlStore scratch = await SqlStore.OpenAsync(new SqliteDialect(Path.Combine(folder.FullName, "scratch.db")), new ScratchKey(), null, store.Time, cancellationToken).ConfigureAwait(false);
            await using (scratch.ConfigureAwait(false))
            {
                return await new BackupTest(scratch, request).RunAsync(progress, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public async ValueTask<CheckReport> CheckAsync(bool isDeep, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        await store.Keys.LearnAsync(cancellationToken).ConfigureAwait(false);
        await store.SelfTestAsync(cancellationToken).ConfigureAwait(false);
        StoreCheck check = new(store.Sessions.Dialect);
        await store.Sessions.ReadAsync(check, static (session, check, stop) => check.LookAtPagesAsync(session, stop), cancellationToken).ConfigureAwait(false);
        StoreCounts counts = isDeep
            ? await Scan().RunAsync(() => check, progress, "Opening every row", cancellationToken).ConfigureAwait(false)
            : await store.Sessions.ReadAsync(0, static (session, _, stop) => StoreScan.CountAsync(session, stop), cancellationToken).ConfigureAwait(false);
        StoreEpoch epoch = await store.Sessions.ReadAsync(store.States, StoreEpoch.ReadAsync, cancellationToken).ConfigureAwait(false);
        return new CheckReport(isDeep, counts, epoch.Number, check.Failures);
    }

    public async ValueTask<RepairReport> RepairAsync(RepairRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        using IDisposable alone = store.Keys.Source.Lock();
        await store.Keys.LearnAsync(cancellationToken).ConfigureAwait(false);
        StoreCheck pages = new(store.Sessions.Dialect);
        bool isSound = await store.Sessions.ReadAsync(pages, static (session, check, stop) => check.LookAtPagesAsync(session, stop), cancellationToken).ConfigureAwait(false);
        StoreRepair[] indexes = isSound ? [] : [.. store.Sessions.Dialect.IndexRepairs.Select(_ => new StoreRepair("Page", store.Place, "its indexes are built anew"))];
        StoreRepairer trial = new(store, rows);
        try
        {
            await store.Sessions.WriteAsync(trial, static async (session, trial) =>
            {
                await trial.RunAsync(session).ConfigureAwait(false);
                return trial.Repairs.Count > 0 ? throw new TrialEndedException() : 0;
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (TrialEndedException)
        {
            // What it would have done is known, and undone.
        }

        if (request.IsTrial || trial.Repairs.Count + indexes.Length == 0)
        {
            return new RepairReport([.. indexes, .. trial.Repairs], null, (await CheckAsync(isDeep: true, progress, cancellationToken).ConfigureAwait(false)).Failures);
        }

        string? copy = await store.Sessions.Dialect.CopyAsideAsync(store.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        (StoreRepairer done, StoreEpoch epoch) = await store.Sessions.WriteAsync(this, static (session, self) => self.RepairAsync(session), cancellationToken).ConfigureAwait(false);
        await store.Gate.SawAsync(epoch.Number, CancellationToken.None).ConfigureAwait(false);
        changes.CommittedAll();
        return new RepairReport([.. indexes, .. done.Repairs], copy, (await CheckAsync(isDeep: true, progress, cancellationToken).ConfigureAwait(false)).Failures);
    }

    private async ValueTask<(StoreRepairer Done, StoreEpoch Epoch)> RepairAsync(SqlSession session)
    {
        await changes.RecordAllAsync(session).ConfigureAwait(false);
        StoreRepairer repairer = new(store, rows);
        await repairer.RunAsync(session).ConfigureAwait(false);
        foreach (string sql in store.Sessions.Dialect.IndexRepairs)
        {
            await session.RunAsync(sql, CancellationToken.None).ConfigureAwait(false);
        }

        StoreEpoch epoch = (await StoreEpoch.ReadAsync(session, store.States, CancellationToken.None).ConfigureAwait(false)).After(0, store.NowMs, "repair");
        await epoch.WriteAsync(session, store.States).ConfigureAwait(false);
        return (repairer, epoch);
    }

    private StoreScan Scan() => new(store, rows, store.States);

    private async ValueTask<(RestoreReport Report, StoreEpoch Epoch)> PlayAsync(SqlSession session, RestoreRequest request, IProgress<StoreProgress>? progress)
    {
        StoreCounts before = await StoreScan.CountAsync(session, CancellationToken.None).ConfigureAwait(false);
        if (before is not { Names: 0, Keys: 0, Versions: 0 })
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"The store {store.Place} has keys already: {before.Names} names, {before.Versions} versions", "A restore overwrites nothing. Name a store that does not exist yet, or move this one away.") { Subject = store.Place };
        }

        await changes.RecordAllAsync(session).ConfigureAwait(false);
        StoreEpoch now = await StoreEpoch.ReadAsync(session, store.States, CancellationToken.None).ConfigureAwait(false);
        await session.RunAsync(ScanText.ClearState, CancellationToken.None).ConfigureAwait(false);
        using BackupReader reader = BackupReader.Open(request.Path, request.Keys);
        BackupPlayer player = new(store, rows, request.NumberGap);
        await player.PlayAsync(session, reader, request.Path, progress).ConfigureAwait(false);
        string backupId = Convert.ToHexStringLower(reader.Id);
        StoreEpoch epoch = now.After(player.Source!.Epoch, store.NowMs, $"restore {backupId}");
        await epoch.WriteAsync(session, store.States).ConfigureAwait(false);
        return (new RestoreReport(backupId, reader.Created, epoch.Number, epoch.Name, player.Counts), epoch);
    }
}
