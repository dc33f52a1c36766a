using System.Data.Common;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>A key as its row tells it.</summary>
/// <param name="Record">The sealed part.</param>
/// <param name="NameMark">The lowest number that a new version of its name may have; <see langword="null"/> if no key of that name was ever deleted.</param>
/// <param name="DeletedOrder">Its place among the deleted keys; <see langword="null"/> while it is in use.</param>
/// <param name="Use">What may be done with it.</param>
internal readonly record struct KeyRow(KeyRecord Record, int? NameMark, long? DeletedOrder, KeyUseRow Use)
{
    /// <summary>Number that the name's next version will have.</summary>
    internal int NextNumber => Math.Max(NameMark ?? 0, Record.CurrentNumber + 1);

    internal KeyMetadata Metadata => Record.Metadata(NextNumber, Use.Use);
}

/// <summary>Turns rows into facts and back. INVARIANT: nothing leaves here that its seal did not prove.</summary>
internal sealed class KeyRows(SqlStore store)
{
    private const string RecordPurpose = "KmsPS key 1";
    private const string NamePurpose = "KmsPS key name 1";
    private const string VersionPurpose = "KmsPS version 1";

    private readonly KeyUseRows _uses = new(store);

    /// <summary>Columns of a version that come before its key's.</summary>
    private const int VersionColumns = 5;

    internal SealedRow SealRecord(KeyRecord record)
    {
        StoreSeal under = store.Current;
        byte[] plain = record.Encode();
        try
        {
            return under.Seal(plain, BindRecord(record.Incarnation, record.Name.Value, under.Id));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>A version whose material is destroyed: its row stays, and seals nothing.</summary>
    internal SealedRow SealDestroyed(KeyRecord key, KeyVersionName version, int number, long createdMs)
    {
        StoreSeal under = store.Current;
        return under.Seal(default, BindVersion(key, version.Value, number, createdMs, under.Id));
    }

    internal SealedRow SealName(KeyName name, int nextNumber)
    {
        StoreSeal under = store.Current;
        return under.Seal(default, BindName(name.Value, nextNumber, under.Id));
    }

    internal SealedRow SealVersion(KeyRecord key, KeyVersionName version, int number, long createdMs, SecretBytes material)
    {
        StoreSeal under = store.Current;
        using SecretLease plain = material.Open();
        return under.Seal(plain.Span, BindVersion(key, version.Value, number, createdMs, under.Id));
    }

    /// <summary>The kinds of rows that a rotation seals anew, each opened as it is for use.</summary>
    internal IEnumerable<SealedRows> Sealed() =>
    [
        new(store, "Name", ResealText.Names, ResealText.MoveName, [("@after", "")], ["@name"], ResealName, 3),
        new(store, "Key", ResealText.Keys, ResealText.MoveKey, [("@after", long.MinValue)], ["@incarnation"], ResealRecord, 3),
        new(store, "Version", ResealText.Versions, ResealText.MoveVersion, [("@after", "")], ["@name"], ResealVersion, 4),
    ];

    /// <summary>Checks the seal on a name's next number.</summary>
    internal int ReadName(DbDataReader row, int at, string name)
    {
        int next = row.GetInt32(at);
        byte[] storeKey = Bytes(row, at + 1);
        store.Open(storeKey, Bytes(row, at + 2), BindName(name, next, storeKey), $"the name '{Printable.Text(name)}'").Dispose();
        return next;
    }

    /// <summary>Reads the columns of a key.</summary>
    internal KeyRow ReadKey(DbDataReader row, int at = 0) => Trusted("a key", () =>
    {
        long incarnation = row.GetInt64(at);
        string name = row.GetString(at + 1);
        long? deletedOrder = row.IsDBNull(at + 2) ? null : row.GetInt64(at + 2);
        string what = $"key '{Printable.Text(name)}'";
        using SecretBytes plain = OpenRecord(incarnation, name, Bytes(row, at + 3), Bytes(row, at + 4));
        using SecretLease lease = plain.Open();
        KeyRecord record = KeyRecord.Decode(incarnation, KeyName.Parse(name), lease.Span);
        int? mark = row.IsDBNull(at + 5) ? null : ReadName(row, at + 5, name);
        if (record.DeletedMs is null != deletedOrder is null)
        {
            throw store.Damaged(what, "its column says that it is deleted and its seal that it is not, or the reverse");
        }

        if (deletedOrder is not null && mark is null)
        {
            throw store.Damaged(what, "it is deleted, and the row that remembers its name is missing");
        }

        if (row.IsDBNull(at + 8) || row.GetInt32(at + 8) != record.CurrentNumber)
        {
            throw store.Damaged(what, "its newest version is missing, or the row is older than its versions");
        }

        return new KeyRow(record, mark, deletedOrder, _uses.Read(row, at + 9, record, what));
    });

    /// <summary>The same for the rest of the program.</summary>
    internal KeyMetadata ReadMetadata(DbDataReader row) => ReadKey(row).Metadata;

    /// <summary>Reads the columns of a version and of its key; the caller disposes the version.</summary>
    /// <param name="row">The columns.</param>
    /// <param name="isForCopy">Whether a version that may not be used keeps its material, for a copy that may not be used either.</param>
    internal (KeyVersion Version, KeyRow Key) ReadVersion(DbDataReader row, bool isForCopy = false) => Trusted("a key version", () =>
    {
        KeyRow key = ReadKey(row, VersionColumns);
        string name = row.GetString(0);
        int number = row.GetInt32(1);
        long createdMs = row.GetInt64(2);
        byte[] storeKey = Bytes(row, 3);
        SecretBytes material = store.Open(storeKey, Bytes(row, 4), BindVersion(key.Record, name, number, createdMs, storeKey), $"key version '{Printable.Text(name)}'");
        VersionUse use = key.Use.Use.Of(KeyVersionName.Parse(name));
        bool hasMaterial = use == VersionUse.Allowed || (isForCopy && use != VersionUse.VersionDestroyed);
        if (!hasMaterial)
        {
            // Opened all the same: what is told of it (its date) its seal must have proved.
            material.Dispose();
        }

        return (new KeyVersion(key.Record.Name, KeyVersionName.Parse(name), hasMaterial ? material : null, DateTimeOffset.FromUnixTimeMilliseconds(createdMs)) { Use = use }, key);
    });

    private SealedRow ResealName(DbDataReader row, StoreSeal under) => Trusted("a name", () =>
    {
        string name = row.GetString(0);
        int next = ReadName(row, 1, name);
        return under.Seal(default, BindName(name, next, under.Id));
    });

    private SealedRow ResealRecord(DbDataReader row, StoreSeal under) => Trusted("a key", () =>
    {
        long incarnation = row.GetInt64(0);
        string name = row.GetString(1);
        using SecretBytes plain = OpenRecord(incarnation, name, Bytes(row, 2), Bytes(row, 3));
        using SecretLease lease = plain.Open();
        return under.Seal(lease.Span, BindRecord(incarnation, name, under.Id));
    });

    private SealedRow ResealVersion(DbDataReader row, StoreSeal under)
    {
        using OpenedVersion version = OpenVersion(row);
        using SecretLease plain = version.Material.Open();
        return under.Seal(plain.Span, BindVersion(version.Key, version.Name, version.Number, version.CreatedMs, under.Id));
    }

    /// <summary>
    /// Opens a version by the facts of its key alone, whatever the key's row says of its newest version. Columns: the version's five, then
    /// incarnation, name, store key and seal of its key. The caller disposes it.
    /// </summary>
    internal OpenedVersion OpenVersion(DbDataReader row) => Trusted("a key version", () =>
    {
        (string name, int number, long createdMs) = (row.GetString(0), row.GetInt32(1), row.GetInt64(2));
        (long incarnation, string owner) = (row.GetInt64(5), row.GetString(6));
        using SecretBytes record = OpenRecord(incarnation, owner, Bytes(row, 7), Bytes(row, 8));
        using SecretLease facts = record.Open();
        KeyRecord key = KeyRecord.Decode(incarnation, KeyName.Parse(owner), facts.Span);
        byte[] storeKey = Bytes(row, 3);
        return new OpenedVersion(key, name, number, createdMs, store.Open(storeKey, Bytes(row, 4), BindVersion(key, name, number, createdMs, storeKey), $"key version '{Printable.Text(name)}'"));
    });

    /// <summary>Opens a key's row by itself, whatever its neighbours say.</summary>
    internal KeyRecord OpenKeyRecord(long incarnation, string name, byte[] storeKey, byte[] box) => Trusted("a key", () =>
    {
        using SecretBytes plain = OpenRecord(incarnation, name, storeKey, box);
        using SecretLease lease = plain.Open();
        return KeyRecord.Decode(incarnation, KeyName.Parse(name), lease.Span);
    });

    private SecretBytes OpenRecord(long incarnation, string name, byte[] storeKey, byte[] box) =>
        store.Open(storeKey, box, BindRecord(incarnation, name, storeKey), $"key '{Printable.Text(name)}'");

    // A flipped bit may give a column another type or an impossible value before any seal is looked at.
    private T Trusted<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is InvalidCastException or FormatException or OverflowException or ArgumentException or InvalidOperationException or KmsException { Kind: ErrorKind.KeyNameInvalid or ErrorKind.InvalidRequest })
        {
            throw store.Damaged(what, "a column holds what cannot be there", failure);
        }
    }

    private RowWriter BindRecord(long incarnation, string name, ReadOnlySpan<byte> storeKey)
    {
        RowWriter bound = store.Bind(RecordPurpose, storeKey);
        bound.Add(incarnation);
        bound.Add(name);
        return bound;
    }

    private RowWriter BindName(string name, int nextNumber, ReadOnlySpan<byte> storeKey)
    {
        RowWriter bound = store.Bind(NamePurpose, storeKey);
        bound.Add(name);
        bound.Add(nextNumber);
        return bound;
    }

    private RowWriter BindVersion(KeyRecord key, string version, int number, long createdMs, ReadOnlySpan<byte> storeKey)
    {
        RowWriter bound = store.Bind(VersionPurpose, storeKey);
        bound.Add(key.Incarnation);
        bound.Add(key.Name.Value);
        bound.Add(version);
        bound.Add(number);
        bound.Add(createdMs);
        bound.Add(key.Digest());
        return bound;
    }

    private static byte[] Bytes(DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);
}
