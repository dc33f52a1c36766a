using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Lists keys page by page, so that a slow reader holds no transaction open. Rows that cannot be read are told behind all others
/// (<see cref="UnreadableKeysException"/>).
/// </summary>
/// <param name="store">The store.</param>
/// <param name="rows">Its rows of keys.</param>
internal sealed class KeyPages(SqlStore store, KeyRows rows)
{
    private const int PageSize = 256;

    // Columns of SqlText.KeyColumns.
    private const int NameColumn = 1;
    private const int OrderColumn = 2;

    internal IAsyncEnumerable<KeyMetadata> InUseAsync(CancellationToken cancellationToken) =>
        ListAsync(SqlText.PageOfKeys, [], new Cursor("@after", NameColumn, ""), rows.ReadMetadata, cancellationToken);

    internal IAsyncEnumerable<KeyMetadata> DueAsync(DateTimeOffset by, CancellationToken cancellationToken) =>
        ListAsync(SqlText.PageOfDue, [("@by", by.ToUnixTimeMilliseconds())], new Cursor("@after", NameColumn, ""), rows.ReadMetadata, cancellationToken);

    internal IAsyncEnumerable<KeyMetadata> DeletedAsync(CancellationToken cancellationToken) =>
        ListAsync(SqlText.PageOfDeleted, [], new Cursor("@before", OrderColumn, long.MaxValue), rows.ReadMetadata, cancellationToken);

    /// <summary>Names alone, as their columns say: no seal is opened, so a key whose row is damaged is named, too.</summary>
    internal IAsyncEnumerable<KeyName> NamesAsync(CancellationToken cancellationToken) =>
        ListAsync(SqlText.PageOfNames, [], new Cursor("@after", 0, ""), row => KeyName.TryParse(row.GetValue(0) as string, out KeyName name) ? name : throw store.Damaged("a key", "its name is none"), cancellationToken);

    private async IAsyncEnumerable<T> ListAsync<T>(string sql, (string Name, object? Value)[] more, Cursor cursor, Func<DbDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<KmsException> failures = [];
        Page<T> page;
        do
        {
            page = await ReadAsync(new Question<T>(sql, [.. more, (cursor.Parameter, cursor.Value), ("@limit", PageSize)], cursor.Column, read), cancellationToken).ConfigureAwait(false);
            failures.AddRange(page.Failures);
            foreach (T key in page.Keys)
            {
                yield return key;
            }

            if (page.Count == PageSize && !cursor.TryMove(page.Last))
            {
                // INVARIANT: a listing ends, whatever stands in a column.
                failures.Add(store.Damaged("a key", "the keys behind it are in no order, and are not listed"));
                break;
            }
        }
        while (page.Count == PageSize);
        UnreadableKeysException.ThrowIfAny(store.Place, failures);
    }

    // A row may be sealed under a store key that another server made a moment ago: only after a second look is it unreadable.
    private async ValueTask<Page<T>> ReadAsync<T>(Question<T> question, CancellationToken cancellationToken)
    {
        try
        {
            return await store.Sessions.ReadAsync(question, static (session, question, stop) => question.AskAsync(session, isLastLook: false, stop), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreKeyMovedException)
        {
            return await store.Sessions.ReadAsync(question, static (session, question, stop) => question.AskAsync(session, isLastLook: true, stop), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One page: what could be read, what could not, and where the next one begins.</summary>
    private sealed record Page<T>(List<T> Keys, List<KmsException> Failures)
    {
        internal int Count { get; set; }

        internal object? Last { get; set; }
    }

    private sealed record Question<T>(string Sql, (string Name, object? Value)[] Parameters, int Cursor, Func<DbDataReader, T> Read)
    {
        internal async ValueTask<Page<T>> AskAsync(SqlSession session, bool isLastLook, CancellationToken cancellationToken)
        {
            Page<T> page = new([], []);
            DbDataReader row = await session.Command(Sql, Parameters).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    page.Count++;
                    page.Last = row.GetValue(Cursor);
                    try
                    {
                        page.Keys.Add(Read(row));
                    }
                    catch (KmsException unreadable) when (unreadable is not StoreKeyMovedException || isLastLook)
                    {
                        string? name = row.GetValue(row.FieldCount > NameColumn ? NameColumn : 0) as string;
                        page.Failures.Add(new KmsException(unreadable.Kind, unreadable.Message, unreadable.Remedy, unreadable.IsTransient, unreadable) { Subject = name ?? unreadable.Subject });
                    }
                }
            }

            return page;
        }
    }

    /// <summary>Where the next page begins: behind a name, or before a place among the deleted keys.</summary>
    private sealed class Cursor(string parameter, int column, object value)
    {
        internal string Parameter => parameter;

        internal int Column => column;

        internal object Value { get; private set; } = value;

        /// <summary>Moves on to the last row of a page. Both databases compare texts by their bytes.</summary>
        internal bool TryMove(object? last)
        {
            bool isFurther = (Value, last) switch
            {
                (string before, string after) => Encoding.UTF8.GetBytes(after).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(before)) > 0,
                (long before, long after) => after < before,
                _ => false,
            };
            Value = isFurther ? last! : Value;
            return isFurther;
        }
    }
}
