using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What may be done with a key, with the revision of the row that says so; 0 where there is no row.</summary>
internal readonly record struct KeyUseRow(KeyUse Use, long Revision)
{
    /// <summary>There is no row: everything may be used.</summary>
    internal static KeyUseRow None { get; } = new(KeyUse.Plain, 0);
}

/// <summary>
/// What may be done with a key, as a record of the shared state: its kind is <c>key.use</c>, its id the incarnation, its expiry the time
/// of a planned deletion. INVARIANT: the key's own record names the revision of a row that limits its use, and a row that limits nothing
/// is named by none; so neither of the two can be put back, or taken away, without the other.
/// </summary>
internal sealed class KeyUseRows(SqlStore store)
{
    private const string Kind = "key.use";
    private const string Layout = "KmsPS key use 1";
    private const int Disabled = 1;
    private const int Destroyed = 2;

    /// <summary>Reads the columns of the row that limits a key's use; all are empty where there is none.</summary>
    internal KeyUseRow Read(DbDataReader row, int at, KeyRecord record, string what)
    {
        if (row.IsDBNull(at))
        {
            return record.UseRevision == 0 ? KeyUseRow.None : throw store.Damaged(what, "the row that limits its use is missing");
        }

        long revision = row.GetInt64(at);
        long? dueMs = row.IsDBNull(at + 1) ? null : row.GetInt64(at + 1);
        byte[] storeKey = row.GetFieldValue<byte[]>(at + 2);
        RowWriter bound = SqlStateStore.Bind(store, Kind, Id(record), revision, dueMs, storeKey);
        using SecretBytes plain = store.Open(storeKey, row.GetFieldValue<byte[]>(at + 3), bound, $"what may be done with {what}");
        using SecretLease lease = plain.Open();
        KeyUse use = Decode(record.Name, lease.Span, dueMs);
        return record.UseRevision == (use.IsPlain ? 0 : revision)
            ? new KeyUseRow(use, revision)
            : throw store.Damaged(what, "it and the row that limits its use are of different times");
    }

    /// <summary>Writes what may be done with a key from now on; gives the key's record that belongs to it, which must be written, too.</summary>
    internal async ValueTask<KeyRecord> WriteAsync(SqlSession session, KeyRow key, KeyUse use)
    {
        long revision = key.Use.Revision + 1;
        long? dueMs = use.DeletionDue?.ToUnixTimeMilliseconds();
        string id = Id(key.Record);
        StoreSeal under = store.Current;
        SealedRow box = under.Seal(Encode(use), SqlStateStore.Bind(store, Kind, id, revision, dueMs, under.Id));
        DbCommand write = revision == 1
            ? session.Command(SqlText.AddState, ("@kind", Kind), ("@id", id), ("@revision", 1L), ("@expires", dueMs), ("@key", box.KeyId), ("@sealed", box.Box))
            : session.Command(SqlText.MoveState, ("@kind", Kind), ("@id", id), ("@revision", revision), ("@expires", dueMs), ("@key", box.KeyId), ("@sealed", box.Box), ("@expected", revision - 1));
        if (await write.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false) != 1)
        {
            // INVARIANT: writers of one key wait for each other, so nobody can have come in between.
            throw store.Damaged($"key '{Printable.Text(key.Record.Name.Value)}'", "the row that limits its use changed while it was written");
        }

        await SqlStateStore.StepAsync(session, SqlStateStore.Revision).ConfigureAwait(false);
        return key.Record with { UseRevision = use.IsPlain ? 0 : revision };
    }

    private static string Id(KeyRecord record) => record.Incarnation.ToString(CultureInfo.InvariantCulture);

    private static byte[] Encode(KeyUse use)
    {
        RowWriter writer = new(Layout);
        writer.Add(use.IsDisabled ? 1 : 0);
        writer.Add(use.Versions.Count);
        foreach ((string version, VersionUse each) in use.Versions)
        {
            writer.Add(version);
            writer.Add(each == VersionUse.VersionDestroyed ? Destroyed : Disabled);
        }

        return writer.Span.ToArray();
    }

    private static KeyUse Decode(KeyName key, ReadOnlySpan<byte> plain, long? dueMs)
    {
        RowReader reader = new(plain);
        string layout = reader.Text();
        if (layout != Layout)
        {
            throw NewerRelease.Wrote(key, layout, Layout);
        }

        bool isDisabled = reader.Number() != 0;
        ImmutableSortedDictionary<string, VersionUse>.Builder versions = KeyUse.Plain.Versions.ToBuilder();
        for (long left = reader.Number(); left > 0; left--)
        {
            versions.Add(reader.Text(), reader.Number() == Destroyed ? VersionUse.VersionDestroyed : VersionUse.VersionDisabled);
        }

        return reader.IsAtEnd
            ? new KeyUse { IsDisabled = isDisabled, DeletionDue = dueMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null, Versions = versions.ToImmutable() }
            : throw new FormatException("The row that limits a key's use is longer than its layout.");
    }
}
