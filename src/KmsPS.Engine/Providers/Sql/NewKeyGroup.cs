using System.Collections.Concurrent;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Makes keys in a shared database with one question: the rows of all that wait go there in one statement, which is a transaction by
/// itself. It makes only what is plain (a name never used, the newest store key, a slot nobody holds) and leaves everything else, and
/// every refusal, to a write of its own.
/// </summary>
/// <param name="sessions">The database.</param>
/// <param name="changes">The change counters, which the statement moves.</param>
internal sealed class NewKeyGroup(SqlSessions sessions, ISqlChanges changes) : IDisposable
{
    // Bounds how long the first of them waits for the last.
    private const int Most = 64;

    // Longer than a database takes that is well; whoever waited for it is told by a write of its own.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<NewKeyJob> _waiting = new();
    private readonly SemaphoreSlim _writer = new(1, 1);

    /// <summary>Writes the rows of a new key, or does not. What is told as written is on the disk.</summary>
    internal async ValueTask<NewKeyEnd> AddAsync(NewKeyRows rows, CancellationToken cancellationToken)
    {
        if (!rows.IsOfOneStoreKey)
        {
            return default;
        }

        NewKeyJob job = new(rows);
        _waiting.Enqueue(job);
        bool isWriter;
        try
        {
            isWriter = await _writer.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
        }
        catch when (!job.TryWithdraw())
        {
            // Somebody else has it in hand: its end is what the caller must see.
            return await job.End.ConfigureAwait(false);
        }

        if (!isWriter)
        {
            return job.TryWithdraw() ? default : await job.End.ConfigureAwait(false);
        }

        try
        {
            if (job.TryTake())
            {
                await WriteAsync(TakeWith(job), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _writer.Release();
        }

        return await job.End.ConfigureAwait(false);
    }

    public void Dispose() => _writer.Dispose();

    private List<NewKeyJob> TakeWith(NewKeyJob mine)
    {
        List<NewKeyJob> jobs = [mine];
        HashSet<string> names = new(StringComparer.Ordinal) { mine.Rows.Record.Name.Value };
        while (jobs.Count < Most && _waiting.TryDequeue(out NewKeyJob? next))
        {
            if (!next.TryTake())
            {
                continue;
            }

            if (names.Add(next.Rows.Record.Name.Value))
            {
                jobs.Add(next);
            }
            else
            {
                // Of two that want one name only one can have it: the other finds out by itself.
                next.Complete(default);
            }
        }

        return jobs;
    }

    // Every job that was taken is answered here, whatever happens.
    private async ValueTask WriteAsync(List<NewKeyJob> jobs, CancellationToken cancellationToken)
    {
        NewKeyBatch batch = new(changes, jobs.ConvertAll(static job => job.Rows));
        try
        {
            // Lent as for a read, which is done again if an idle connection had ended: what is asked twice makes nothing twice, for the
            // name is taken then.
            await sessions.ReadAsync((batch, sessions.Dialect), static (session, job, _) => job.batch.RunAsync(session, job.Dialect), jobs.Count == 1 ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
            foreach (NewKeyJob job in jobs)
            {
                job.Complete(new NewKeyEnd(batch.StampOf(job.Rows), null));
            }
        }
        catch (KmsException failure)
        {
            foreach (NewKeyJob job in jobs)
            {
                job.Complete(new NewKeyEnd(null, batch.WasSent ? failure : null));
            }
        }
        catch (Exception failure)
        {
            foreach (NewKeyJob job in jobs)
            {
                job.Fail(failure);
            }
        }
    }
}
