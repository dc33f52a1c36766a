using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// What differs between databases: how to connect, how to begin a write, what an error means. The statements themselves
/// (<see cref="SqlText"/>) are written so that every database we know takes them.
/// </summary>
internal interface ISqlDialect
{
    /// <summary>What people call this store, without a password: a path or a host and database.</summary>
    string Place { get; }

    /// <summary>Whether there is a database to connect to, as far as that shows before connecting.</summary>
    /// <exception cref="KmsException">There is none, and none could be made.</exception>
    bool IsThere { get; }

    /// <summary>The scripts that build the schema, in order; script <c>n</c> (from 0) leads to schema version <c>n + 1</c>.</summary>
    IReadOnlyList<string> SchemaScripts { get; }

    /// <summary>Sessions that may write at the same time.</summary>
    int Writers { get; }

    /// <summary>Begins a write. INVARIANT: a key that was read inside it is not changed by anybody else before its end.</summary>
    string BeginWrite { get; }

    /// <summary>
    /// The same, and answers with the id of the newest store key. INVARIANT: that key is the newest, or being replaced, until the
    /// write's end, and <see cref="LockStoreKeys"/> waits for that end.
    /// </summary>
    string BeginSealedWrite { get; }

    /// <summary>Statements by which the database tests itself; each answers rows, and <c>ok</c> or none where nothing is wrong.</summary>
    IReadOnlyList<string> IntegrityChecks { get; }

    /// <summary>Statements that build indexes anew from their tables, inside a write.</summary>
    IReadOnlyList<string> IndexRepairs { get; }

    /// <summary>Copies the database beside itself before it is repaired; gives the copy, <see langword="null"/> where the database has tools of its own for that.</summary>
    ValueTask<string?> CopyAsideAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Begins a read that shows one instant, however long it takes; ended by COMMIT.</summary>
    string BeginSnapshot { get; }

    /// <summary>Run inside a write that retires a store key: waits for all writes that began before, but for those that <see cref="TellStoreKey"/> waited for. Empty where a write is alone anyway.</summary>
    string LockStoreKeys { get; }

    /// <summary>
    /// Run inside the write that makes a store key the newest, with its id as <c>@id</c>: tells it to writes that look nowhere else, and
    /// waits for those that were told another. Empty where a write is alone anyway.
    /// </summary>
    string TellStoreKey { get; }

    /// <summary>Whether servers on other machines may use the same database, each with a copy of the key file.</summary>
    bool IsShared { get; }

    /// <summary>Whether the database has a table of that name; asks its catalogue.</summary>
    string HasTable { get; }

    /// <summary>Run first in the write that makes or moves the schema: servers that start at once wait for each other. Empty where a write is alone anyway.</summary>
    string LockSchema { get; }

    /// <summary>Most connections at a time.</summary>
    int Connections { get; }

    /// <summary>Why this database may not be used any more, whatever it answers; <see langword="null"/> while all is well.</summary>
    KmsException? Refusal { get; }

    /// <summary>Opens a connection, set up for full durability. Creates an empty database where there is none and the dialect can.</summary>
    ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>What the database's own exception means, as one sentence with a remedy.</summary>
    KmsException Explain(DbException failure);

    /// <summary>Whether after this failure nothing may be written any more: what the disk holds is not known.</summary>
    bool IsFatal(DbException failure);

    /// <summary>Whether the write lost against another one, was rolled back for certain, and may simply be done again.</summary>
    bool IsRepeatable(DbException failure);

    /// <summary>Whether the connection is gone, so that nobody knows what became of the last statement.</summary>
    bool IsConnectionLost(DbException failure);
}
