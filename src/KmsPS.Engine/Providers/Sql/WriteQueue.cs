using System.Collections.Concurrent;
using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Writes of a store that has one writer. What waits while the disk is synchronised goes there together with the next: each write in a
/// savepoint of its own, one commit for all, and nobody is answered before that commit.
/// </summary>
/// <param name="dialect">The database.</param>
internal sealed class WriteQueue(ISqlDialect dialect)
{
    // Bounds how long the first of them waits for the last.
    private const int Most = 64;

    private const string Mark = "SAVEPOINT one_write";
    private const string Keep = "RELEASE one_write";
    private const string Undo = "ROLLBACK TO one_write";

    private readonly ConcurrentQueue<WriteJob> _waiting = new();

    internal void Add(WriteJob job) => _waiting.Enqueue(job);

    /// <summary>What is to be done in one write: <paramref name="mine"/>, and whatever waits.</summary>
    internal IReadOnlyList<WriteJob> TakeWith(WriteJob mine)
    {
        List<WriteJob> jobs = [mine];
        while (jobs.Count < Most && _waiting.TryDequeue(out WriteJob? next))
        {
            if (next.TryTake())
            {
                jobs.Add(next);
            }
        }

        return jobs;
    }

    /// <summary>Does them inside a write that is under way. A refusal of one is its own; a failure of the database may be all of theirs.</summary>
    internal async ValueTask<int> RunAsync(SqlSession session, IReadOnlyList<WriteJob> jobs)
    {
        if (jobs is [var single])
        {
            await single.RunAsync(session).ConfigureAwait(false);
            return 1;
        }

        foreach (WriteJob job in jobs)
        {
            await session.RunAsync(Mark, CancellationToken.None).ConfigureAwait(false);
            try
            {
                await job.RunAsync(session).ConfigureAwait(false);
            }
            catch (Exception refusal) when (IsItsOwn(refusal))
            {
                await session.RunAsync(Undo, CancellationToken.None).ConfigureAwait(false);
                job.Refuse(refusal is DbException failure ? dialect.Explain(failure) : refusal);
            }

            await session.RunAsync(Keep, CancellationToken.None).ConfigureAwait(false);
        }

        return jobs.Count;
    }

    // A full disk or a damaged file rolls the whole write back by itself: there is no savepoint left then, and all of them failed.
    private bool IsItsOwn(Exception refusal) =>
        refusal is not StoreKeyMovedException && (refusal is not DbException failure || (!dialect.IsFatal(failure) && dialect.Explain(failure).Kind == ErrorKind.Conflict));
}
