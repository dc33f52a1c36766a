using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What servers on one store share, in the same database as its keys and sealed as they are.</summary>
internal sealed class SqlStateStore(SqlStore store) : IStateStore
{
    /// <summary>The sequence that moves with every change of a record.</summary>
    internal const string Revision = "state.revision";

    private const string Purpose = "KmsPS state 1";
    private const int PageSize = 256;

    public async ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken) =>
        await store.Sessions.ReadAsync(Revision, static async (session, name, stop) =>
            await session.Command(SqlText.ReadSequence, ("@name", name)).ExecuteScalarAsync(stop).ConfigureAwait(false) is { } value
                ? Convert.ToInt64(value, CultureInfo.InvariantCulture)
                : 0, cancellationToken).ConfigureAwait(false);

    public async ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken) =>
        await store.Sessions.ReadAsync((this, kind, id), static async (session, job, stop) =>
        {
            DbDataReader row = await session.Command(SqlText.FindState, ("@kind", job.kind), ("@id", job.id)).ExecuteReaderAsync(stop).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(stop).ConfigureAwait(false) ? job.Item1.Read(job.kind, row) : null;
            }
        }, cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<StateRecord> ListAsync(string kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string after = "";
        List<StateRecord> page;
        do
        {
            page = await store.Sessions.ReadAsync((this, kind, after), ReadPageAsync, cancellationToken).ConfigureAwait(false);
            foreach (StateRecord record in page)
            {
                after = record.Id;
                yield return record;
            }
        }
        while (page.Count == PageSize);
    }

    public ValueTask<bool> TryWriteAsync(string kind, string id, ReadOnlyMemory<byte> payload, DateTimeOffset? expires, long expectedRevision, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentOutOfRangeException.ThrowIfNegative(expectedRevision);
        return store.Sessions.WriteAsync((this, kind, id, payload, expires, expectedRevision), static async (session, job) =>
        {
            (SqlStateStore self, string kind, string id, ReadOnlyMemory<byte> payload, DateTimeOffset? expires, long expected) = job;
            SealedRow row = self.Seal(kind, id, expected + 1, expires?.ToUnixTimeMilliseconds(), payload.Span);
            DbCommand write = expected == 0
                ? session.Command(SqlText.AddState, ("@kind", kind), ("@id", id), ("@revision", 1L), ("@expires", expires?.ToUnixTimeMilliseconds()), ("@key", row.KeyId), ("@sealed", row.Box))
                : session.Command(SqlText.MoveState, ("@kind", kind), ("@id", id), ("@revision", expected + 1), ("@expires", expires?.ToUnixTimeMilliseconds()), ("@key", row.KeyId), ("@sealed", row.Box), ("@expected", expected));
            return await CountedAsync(session, write).ConfigureAwait(false) > 0;
        }, cancellationToken);
    }

    public ValueTask<bool> RemoveAsync(string kind, string id, CancellationToken cancellationToken) =>
        store.Sessions.WriteAsync((kind, id), static async (session, job) =>
            await CountedAsync(session, session.Command(SqlText.RemoveState, ("@kind", job.kind), ("@id", job.id))).ConfigureAwait(false) > 0, cancellationToken);

    public ValueTask<int> RemoveExpiredAsync(string kind, DateTimeOffset before, CancellationToken cancellationToken) =>
        store.Sessions.WriteAsync((kind, before), static (session, job) =>
            CountedAsync(session, session.Command(SqlText.RemoveExpired, ("@kind", job.kind), ("@before", job.before.ToUnixTimeMilliseconds()))), cancellationToken);

    public ValueTask<long> ReserveAsync(string sequence, int count, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(sequence);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return store.Sessions.WriteAsync((sequence, count), static async (session, job) =>
            await StepAsync(session, "next." + job.sequence, job.count).ConfigureAwait(false) - job.count + 1, cancellationToken);
    }

    // The revision moves only with a change, and in the same transaction.
    internal static async ValueTask<int> CountedAsync(SqlSession session, DbCommand change)
    {
        int changed = await change.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        if (changed > 0)
        {
            await StepAsync(session, Revision).ConfigureAwait(false);
        }

        return changed;
    }

    /// <summary>Moves a sequence on; gives where it stands then.</summary>
    internal static async ValueTask<long> StepAsync(SqlSession session, string name, int by = 1) =>
        Convert.ToInt64(await session.Command(SqlText.NextOfSequence, ("@name", name), ("@by", (long)by)).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false), CultureInfo.InvariantCulture);

    private static async ValueTask<List<StateRecord>> ReadPageAsync(SqlSession session, (SqlStateStore Self, string Kind, string After) job, CancellationToken cancellationToken)
    {
        List<StateRecord> page = [];
        DbDataReader row = await session.Command(SqlText.ListState, ("@kind", job.Kind), ("@after", job.After), ("@limit", PageSize)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                page.Add(job.Self.Read(job.Kind, row));
            }
        }

        return page;
    }

    /// <summary>Writes a record inside a write of somebody else's, whatever its revision is.</summary>
    internal async ValueTask PutAsync(SqlSession session, string kind, string id, byte[] payload)
    {
        long revision = 0;
        DbDataReader row = await session.Command(SqlText.FindState, ("@kind", kind), ("@id", id)).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            revision = await row.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? row.GetInt64(1) : 0;
        }

        SealedRow fresh = Seal(kind, id, revision + 1, null, payload);
        DbCommand write = revision == 0
            ? session.Command(SqlText.AddState, ("@kind", kind), ("@id", id), ("@revision", 1L), ("@expires", null), ("@key", fresh.KeyId), ("@sealed", fresh.Box))
            : session.Command(SqlText.MoveState, ("@kind", kind), ("@id", id), ("@revision", revision + 1), ("@expires", null), ("@key", fresh.KeyId), ("@sealed", fresh.Box), ("@expected", revision));
        await CountedAsync(session, write).ConfigureAwait(false);
    }

    /// <summary>The rows of state, which a rotation seals anew.</summary>
    internal SealedRows Sealed() =>
        new(store, "State", ResealText.States, ResealText.MoveState, [("@kind", ""), ("@id", "")], ["@kind", "@id"], Reseal, 5);

    private SealedRow Reseal(DbDataReader row, StoreSeal under)
    {
        try
        {
            (string kind, string id, long revision) = (row.GetString(0), row.GetString(1), row.GetInt64(2));
            long? expires = row.IsDBNull(3) ? null : row.GetInt64(3);
            byte[] storeKey = row.GetFieldValue<byte[]>(4);
            using SecretBytes plain = store.Open(storeKey, row.GetFieldValue<byte[]>(5), Bind(store, kind, id, revision, expires, storeKey), $"the state record '{Printable.Text(kind)}'");
            using SecretLease lease = plain.Open();
            return under.Seal(lease.Span, Bind(store, kind, id, revision, expires, under.Id));
        }
        catch (Exception failure) when (failure is InvalidCastException or ArgumentException or InvalidOperationException)
        {
            throw store.Damaged("a state record", "a column holds what cannot be there", failure);
        }
    }

    internal SealedRow Seal(string kind, string id, long revision, long? expiresMs, ReadOnlySpan<byte> payload)
    {
        StoreSeal under = store.Current;
        return under.Seal(payload, Bind(store, kind, id, revision, expiresMs, under.Id));
    }

    /// <summary>Opens a record; columns: id, revision, expiry, store key, seal.</summary>
    internal StateRecord Read(string kind, DbDataReader row)
    {
        string what = $"the state record '{Printable.Text(kind)}'";
        try
        {
            string id = row.GetString(0);
            long revision = row.GetInt64(1);
            long? expires = row.IsDBNull(2) ? null : row.GetInt64(2);
            byte[] storeKey = row.GetFieldValue<byte[]>(3);
            using SecretBytes plain = store.Open(storeKey, row.GetFieldValue<byte[]>(4), Bind(store, kind, id, revision, expires, storeKey), what);
            using SecretLease lease = plain.Open();
            return new StateRecord(kind, id, revision, lease.Span.ToArray(), expires is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);
        }
        catch (Exception failure) when (failure is InvalidCastException or ArgumentException or InvalidOperationException)
        {
            throw store.Damaged(what, "a column holds what cannot be there", failure);
        }
    }

    /// <summary>What a record's seal binds.</summary>
    internal static RowWriter Bind(SqlStore store, string kind, string id, long revision, long? expiresMs, ReadOnlySpan<byte> storeKey)
    {
        RowWriter bound = store.Bind(Purpose, storeKey);
        bound.Add(kind);
        bound.Add(id);
        bound.Add(revision);
        bound.Add(expiresMs ?? long.MinValue);
        return bound;
    }
}
