using KmsPS.Benchmarks.Http;
using KmsPS.Benchmarks.Micro;
using KmsPS.Benchmarks.Report;
using KmsPS.Benchmarks.Servers;
using KmsPS.Benchmarks.Stores;

namespace KmsPS.Benchmarks;

/// <summary>Runs what was asked for, prints the table, and fails when a target is missed or an answer was not a success.</summary>
internal sealed class Suite(Options options, Clone clone)
{
    public async Task<int> RunAsync()
    {
        Console.WriteLine(MachineFacts.Describe(clone.Root));
        List<Row> rows = [];
        if (options.Wants("B16"))
        {
            rows.Add(await new StartTime(options, clone).RunAsync());
        }

        if (options.Wants("B1") || options.Wants("B2") || options.Wants("B3") || options.Wants("B9"))
        {
            await using KmsServerProcess kms = await KmsServerProcess.StartAsync(clone);
            rows.AddRange(await new HttpSuite(options, kms).RunAsync());
        }

        if (options.Wants("B13") || options.Wants("B14") || options.Wants("B15"))
        {
            rows.AddRange(await new MicroSuite(options).RunAsync());
        }

        if (options.Wants("B7") || options.Wants("B8") || options.Wants("B17") || options.Wants("B18"))
        {
            rows.AddRange(await new StoreSuite(options, clone).RunAsync());
        }

        Console.WriteLine();
        Console.WriteLine(Table.Of(rows, MachineFacts.Run(clone.Root)));
        if (options.Record)
        {
            PerformancePage.Write(clone, rows);
            Console.WriteLine($"Recorded in {clone.PerformancePage}");
        }

        string[] missed = [.. rows.Where(static row => !row.IsMet).Select(static row => $"{row.Id} {row.Scenario}")];
        Console.WriteLine(missed.Length == 0 ? "Every target is met." : $"Missed: {string.Join("; ", missed)}");
        return missed.Length == 0 || options.Quick ? 0 : 1;
    }
}
