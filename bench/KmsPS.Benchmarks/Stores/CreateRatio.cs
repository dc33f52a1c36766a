using System.Diagnostics;
using System.Globalization;
using KmsPS.Benchmarks.Report;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Benchmarks.Stores;

/// <summary>B8: keys made a second beside rows inserted a second into the same database, by as many writers, in interleaved rounds.</summary>
/// <param name="options">How long.</param>
/// <param name="scenario">On what.</param>
/// <param name="writers">How many write at once.</param>
/// <param name="raw">What it is compared with, in words.</param>
/// <param name="target">The ratio to reach; <see langword="null"/> where it is only watched.</param>
internal sealed class CreateRatio(Options options, string scenario, int writers, string raw, double? target)
{

    /// <param name="store">Where keys are made.</param>
    /// <param name="openRaw">Opens one writer's own connection.</param>
    public async Task<Row> RunAsync(IKeyProvider store, Func<Task<IRawWriter>> openRaw)
    {
        IRawWriter[] plain = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => openRaw()));
        List<double> ratios = [];
        List<double> ours = [];
        List<double> theirs = [];
        for (int round = -1; round < options.Rounds; round++)
        {
            // Who goes first changes: the disk's other users come and go.
            double made = 0;
            double inserted = 0;
            for (int side = 0; side < 2; side++)
            {
                if ((side + round) % 2 == 0)
                {
                    made = await RateAsync(_ => CreateAsync(store));
                }
                else
                {
                    inserted = await RateAsync(writer => plain[writer].InsertAsync());
                }
            }

            if (round >= 0)
            {
                ratios.Add(made / inserted);
                ours.Add(made);
                theirs.Add(inserted);
            }
        }

        foreach (IRawWriter each in plain)
        {
            await each.DisposeAsync();
        }

        Row row = new(
            "B8",
            string.Create(CultureInfo.InvariantCulture, $"create a key, {scenario}, {writers} {(writers == 1 ? "writer" : "writers")}, beside {raw}"),
            target is { } least ? string.Create(CultureInfo.InvariantCulture, $"≥ {least:0.00} of {raw}") : "watched",
            string.Create(CultureInfo.InvariantCulture, $"{Middle(ratios):0.00}"),
            string.Create(CultureInfo.InvariantCulture, $"median of {ratios.Count} rounds; {Middle(ours):0} keys/s beside {Middle(theirs):0} commits/s; lower quartile {Quartile(ratios):0.00}"),
            Middle(ratios) >= (target ?? 0));
        Console.WriteLine(Table.Line(row));
        return row;
    }

    private static async Task CreateAsync(IKeyProvider store) =>
        (await store.CreateAsync(NewKey.Default(KeyName.Parse(Guid.NewGuid().ToString("N"))), CancellationToken.None)).Dispose();

    private static double Middle(List<double> all) => all.Order().ElementAt(all.Count / 2);

    private static double Quartile(List<double> all) => all.Order().ElementAt(all.Count / 4);

    private async Task<double> RateAsync(Func<int, Task> work)
    {
        long started = Stopwatch.GetTimestamp();
        int[] done = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            int count = 0;
            while (Stopwatch.GetElapsedTime(started) < options.Round)
            {
                await work(writer);
                count++;
            }

            return count;
        })));
        return done.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
