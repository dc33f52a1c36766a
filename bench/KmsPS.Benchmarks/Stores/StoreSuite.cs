using KmsPS.Benchmarks.Report;
using KmsPS.Engine.Providers;

namespace KmsPS.Benchmarks.Stores;

/// <summary>B7, B8, B17, B18: what a store costs beside the database it stands on, and how that grows with a million keys.</summary>
internal sealed class StoreSuite(Options options, Clone clone)
{
    private const double Target = 0.7;

    public async Task<IReadOnlyList<Row>> RunAsync()
    {
        List<Row> rows = [];
        if (options.Wants("B8"))
        {
            rows.AddRange(await SqliteAsync());
            rows.AddRange(await PostgresAsync());
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-bench-");
        try
        {
            if (options.Wants("B7") || options.Wants("B17"))
            {
                rows.AddRange(await new MillionKeys(options, folder.FullName).RunAsync());
            }

            if (options.Wants("B18") && await new ShellRollover(options, clone, folder.FullName).RunAsync() is { } rolled)
            {
                rows.Add(rolled);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return rows;
    }

    private async Task<IReadOnlyList<Row>> SqliteAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-bench-");
        try
        {
            List<Row> rows = [];
            await using IKeyProvider store = await Stores.OpenAsync($"sqlite://file@{folder.FullName}/kms.db");
            foreach (int writers in new[] { 1, 8 })
            {
                rows.Add(await new CreateRatio(options, "SQLite", writers, "a raw insert", Target).RunAsync(store, () => RawInserts.SqliteAsync(Path.Combine(folder.FullName, "raw.db"))));
            }

            return rows;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<IReadOnlyList<Row>> PostgresAsync()
    {
        await using PostgresCluster? cluster = await PostgresCluster.StartAsync();
        if (cluster is null)
        {
            Console.WriteLine("B8 on PostgreSQL is skipped: initdb was not found.");
            return [];
        }

        List<Row> rows = [];
        await using IKeyProvider store = await Stores.OpenAsync(cluster.Uri, cluster.KeyFile);
        foreach (int writers in new[] { 1, 8 })
        {
            rows.Add(await new CreateRatio(options, "PostgreSQL", writers, "a raw insert", Target).RunAsync(store, () => RawInserts.PostgresAsync(cluster.Connection)));
            rows.Add(await new CreateRatio(options, "PostgreSQL", writers, "the same rows by plain statements", null).RunAsync(store, () => RawKeys.PostgresAsync(cluster.Connection)));
        }

        await cluster.AddSynchronousStandbyAsync();
        foreach (int writers in new[] { 1, 8 })
        {
            rows.Add(await new CreateRatio(options, "PostgreSQL with a synchronous standby", writers, "a raw insert", Target).RunAsync(store, () => RawInserts.PostgresAsync(cluster.Connection)));
        }

        return rows;
    }
}
