using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>A page of rows that a rotation read, in order.</summary>
/// <param name="Read">Rows that were read.</param>
/// <param name="Moved">Rows that were sealed anew.</param>
/// <param name="After">Where the next page begins; <see langword="null"/> behind the last one.</param>
/// <param name="Failures">Rows that could not be opened.</param>
internal sealed record ResealedPage(int Read, int Moved, object?[]? After, IReadOnlyList<StoreFailure> Failures);

/// <summary>Seals one kind of rows anew, page by page.</summary>
/// <param name="store">The store.</param>
/// <param name="kind">What the rows are, for failures.</param>
/// <param name="select">The statement for a page; its parameters are <paramref name="cursor"/>, then current and limit.</param>
/// <param name="update">The statement for a row.</param>
/// <param name="cursor">Names of the columns that order the rows, as parameters, with the values before the first row.</param>
/// <param name="key">Names of the parameters that find the row in the update.</param>
/// <param name="open">Opens a row and seals it again: its subject, and the new seal.</param>
/// <param name="sealColumn">Column of the row's present seal.</param>
internal sealed class SealedRows(
    SqlStore store,
    string kind,
    string select,
    string update,
    (string Name, object Start)[] cursor,
    string[] key,
    Func<DbDataReader, StoreSeal, SealedRow> open,
    int sealColumn)
{
    private const int PageSize = 256;

    /// <summary>The values before the first row.</summary>
    internal object?[] Start => [.. cursor.Select(static column => column.Start)];

    /// <summary>Does one page inside a write.</summary>
    internal async ValueTask<ResealedPage> MoveAsync(SqlSession session, object?[] after)
    {
        StoreSeal under = store.Current;
        List<(object?[] Key, byte[] Before, SealedRow? Row)> read = [];
        List<StoreFailure> failures = [];
        (string, object?)[] values = [.. cursor.Select((column, i) => (column.Name, after[i])), ("@current", under.Id), ("@limit", PageSize)];
        DbDataReader row = await session.Command(select, values).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                object?[] place = [.. cursor.Select((_, i) => row.GetValue(i))];
                read.Add((place, row.GetValue(sealColumn) as byte[] ?? [], Open(row, under, place, failures)));
            }
        }

        int moved = 0;
        foreach ((object?[] place, byte[] before, SealedRow? sealedRow) in read)
        {
            if (sealedRow is { } box)
            {
                (string, object?)[] change = [("@key", box.KeyId), ("@box", box.Box), .. key.Select((name, i) => (name, place[i])), ("@before", before)];
                moved += await session.Command(update, change).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        return new ResealedPage(read.Count, moved, read.Count == PageSize ? read[^1].Key : null, failures);
    }

    private SealedRow? Open(DbDataReader row, StoreSeal under, object?[] place, List<StoreFailure> failures)
    {
        try
        {
            return open(row, under);
        }
        catch (KmsException unreadable) when (unreadable.Kind == ErrorKind.StoreCorrupt)
        {
            failures.Add(new StoreFailure(kind, Keys.Printable.Text(string.Join('/', place)), unreadable.Message));
            return null;
        }
    }
}
