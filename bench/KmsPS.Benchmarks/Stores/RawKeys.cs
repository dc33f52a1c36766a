using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace KmsPS.Benchmarks.Stores;

/// <summary>The rows of a key, in tables with the store's own indexes and foreign keys, by four plain statements in one round trip: what PostgreSQL itself takes for them.</summary>
internal sealed class RawKeys(NpgsqlConnection connection, NpgsqlBatch batch) : IRawWriter
{
    private const int Slots = 1024;

    private const string Tables = """
        CREATE SCHEMA IF NOT EXISTS raw;
        CREATE TABLE IF NOT EXISTS raw.change_slot (LIKE public.change_slot INCLUDING ALL) WITH (fillfactor = 50);
        INSERT INTO raw.change_slot SELECT slot, 0 FROM public.change_slot ON CONFLICT DO NOTHING;
        CREATE TABLE IF NOT EXISTS raw.key_incarnation (LIKE public.key_incarnation INCLUDING ALL);
        CREATE TABLE IF NOT EXISTS raw.key_version (LIKE public.key_version INCLUDING ALL, FOREIGN KEY (incarnation) REFERENCES raw.key_incarnation (incarnation))
        """;

    public static async Task<IRawWriter> PostgresAsync(string connectionString)
    {
        NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync();
        await using (NpgsqlCommand tables = new("SELECT pg_advisory_lock(1)", connection))
        {
            await tables.ExecuteNonQueryAsync();
            tables.CommandText = Tables;
            await tables.ExecuteNonQueryAsync();
            tables.CommandText = "SELECT pg_advisory_unlock(1)";
            await tables.ExecuteNonQueryAsync();
        }

        byte[] sealedRow = RandomNumberGenerator.GetBytes(200);
        byte[] storeKey = RandomNumberGenerator.GetBytes(8);
        NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                Command("UPDATE raw.change_slot SET stamp = stamp + 1 WHERE slot = $1", 0),
                Command("INSERT INTO raw.key_incarnation (incarnation, name, deleted_order, store_key_id, sealed) VALUES ($1, $2, NULL, $3, $4)", 0L, "", storeKey, sealedRow),
                Command("INSERT INTO raw.key_version (name, incarnation, number, created_ms, store_key_id, sealed) VALUES ($1, $2, 0, 0, $3, $4)", "", 0L, storeKey, sealedRow),
            },
        };
        await batch.PrepareAsync();
        return new RawKeys(connection, batch);
    }

    public async Task InsertAsync()
    {
        string name = Guid.NewGuid().ToString("N");
        long incarnation = Random.Shared.NextInt64();
        batch.BatchCommands[0].Parameters[0].Value = Random.Shared.Next(Slots);
        batch.BatchCommands[1].Parameters[0].Value = incarnation;
        batch.BatchCommands[1].Parameters[1].Value = name;
        batch.BatchCommands[2].Parameters[0].Value = string.Create(CultureInfo.InvariantCulture, $"{name}@0");
        batch.BatchCommands[2].Parameters[1].Value = incarnation;
        await batch.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await batch.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static NpgsqlBatchCommand Command(string text, params object[] values)
    {
        NpgsqlBatchCommand command = new(text);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
