using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace KmsPS.Benchmarks.Stores;

/// <summary>What a store stands on, without us: one row as large as a version's, one commit that is on the disk.</summary>
internal sealed class RawInserts(DbConnection connection, bool isImplicit) : IRawWriter
{
    private readonly byte[] _row = RandomNumberGenerator.GetBytes(400);
    private readonly DbCommand _begin = Command(connection, "BEGIN IMMEDIATE");
    private readonly DbCommand _commit = Command(connection, "COMMIT");
    private readonly DbCommand _insert = Insert(connection);

    /// <summary>The embedded database, in the same journal mode as the store's.</summary>
    public static async Task<IRawWriter> SqliteAsync(string path)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        await connection.OpenAsync();
        await RunAsync(connection, "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS raw (name TEXT PRIMARY KEY NOT NULL, row BLOB NOT NULL) WITHOUT ROWID;");
        return new RawInserts(connection, isImplicit: false);
    }

    /// <summary>A server: a statement alone is a transaction, so each insert is one round trip.</summary>
    public static async Task<IRawWriter> PostgresAsync(string connectionString)
    {
        NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync();
        await RunAsync(connection, "CREATE TABLE IF NOT EXISTS raw (name TEXT COLLATE \"C\" PRIMARY KEY NOT NULL, row BYTEA NOT NULL)");
        return new RawInserts(connection, isImplicit: true);
    }

    public async Task InsertAsync()
    {
        _insert.Parameters[0].Value = string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():N}@0");
        _insert.Parameters[1].Value = _row;
        if (isImplicit)
        {
            await _insert.ExecuteNonQueryAsync();
            return;
        }

        await _begin.ExecuteNonQueryAsync();
        await _insert.ExecuteNonQueryAsync();
        await _commit.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _begin.DisposeAsync();
        await _commit.DisposeAsync();
        await _insert.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static async Task RunAsync(DbConnection connection, string sql)
    {
        await using DbCommand command = Command(connection, sql);
        await command.ExecuteNonQueryAsync();
    }

    private static DbCommand Insert(DbConnection connection)
    {
        DbCommand insert = Command(connection, "INSERT INTO raw (name, row) VALUES (@name, @row)");
        foreach (string name in new[] { "@name", "@row" })
        {
            DbParameter parameter = insert.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = name == "@row" ? Array.Empty<byte>() : "";
            insert.Parameters.Add(parameter);
        }

        insert.Prepare();
        return insert;
    }

    private static DbCommand Command(DbConnection connection, string sql)
    {
        DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
