using System.Diagnostics;
using System.Globalization;
using KmsPS.Benchmarks.Report;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Benchmarks.Stores;

/// <summary>B7 and B17: how making a key grows with a million others, and what the first decryption costs a process that opens them.</summary>
internal sealed class MillionKeys(Options options, string folder)
{
    private const int Few = 1_000;
    private const int Samples = 400;
    private const int Writers = 16;
    private const long MostMemory = 250L << 20;

    private int All => options.Quick ? 100_000 : 1_000_000;

    private string Uri => $"sqlite://file@{folder}/kms.db";

    /// <summary>What <c>open URI NAME</c> does in a process of its own: prints milliseconds to the first decrypted EEK and resident bytes.</summary>
    public static async Task<int> OpenAsync(string uri, string name)
    {
        long started = Stopwatch.GetTimestamp();
        await using IKeyProvider store = CachingKeyProvider.Over(await Stores.OpenAsync(uri), TimeProvider.System);
        await store.SelfTestAsync(CancellationToken.None);
        using KeyVersion version = await store.FindVersionAsync(KeyVersionName.Parse(name), CancellationToken.None) ?? throw new InvalidOperationException($"{name} is not there.");
        EncryptedKeyVersion eek = EekCipher.Generate(version, 1)[0];
        using SecretBytes dek = await new LocalEekProvider(store).DecryptEekAsync(eek, CancellationToken.None);
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} {Environment.WorkingSet}"));
        return 0;
    }

    public async Task<IReadOnlyList<Row>> RunAsync()
    {
        double few;
        double many;
        long bytes;
        await using (IKeyProvider store = await Stores.OpenAsync(Uri))
        await using (IKeyProvider small = await Stores.OpenAsync($"sqlite://file@{folder}/few.db"))
        {
            await FillAsync(small, Few);
            long started = Stopwatch.GetTimestamp();
            await FillAsync(store, All);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{All:N0} keys made in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s"));
            (few, many) = await MiddleAsync(small, store);
            bytes = new FileInfo(Path.Combine(folder, "kms.db")).Length;
        }

        (double milliseconds, long memory) = await FirstAsync($"k{All / 2}@0");
        Row growth = new(
            "B7",
            string.Create(CultureInfo.InvariantCulture, $"create a key beside {All:N0} others, SQLite"),
            "≤ 2 × beside 1,000",
            string.Create(CultureInfo.InvariantCulture, $"{many / few:0.00} ×"),
            string.Create(CultureInfo.InvariantCulture, $"medians of {Samples}: {many:0} µs beside {few:0} µs; file of {bytes >> 20} MiB"),
            many <= 2 * few);
        Row first = new(
            "B17",
            string.Create(CultureInfo.InvariantCulture, $"open {All:N0} keys in a new process, first decryption"),
            "< 2 s, ≤ 250 MiB resident",
            string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms, {memory >> 20} MiB"),
            "store opened, self-test, one version read, one EEK decrypted; without the start of the process",
            milliseconds < 2000 && memory <= MostMemory);
        Console.WriteLine(Table.Line(growth));
        Console.WriteLine(Table.Line(first));
        return [growth, first];
    }

    private static Task FillAsync(IKeyProvider store, int count) => Parallel.ForAsync(
        0,
        count,
        new ParallelOptions { MaxDegreeOfParallelism = Writers },
        async (i, stop) => (await store.CreateAsync(NewKey.Default(KeyName.Parse(string.Create(CultureInfo.InvariantCulture, $"k{i}"))), stop)).Dispose());

    // In turn: a disk that is slower for a while is slower for both.
    private static async Task<(double Few, double Many)> MiddleAsync(IKeyProvider few, IKeyProvider many)
    {
        List<double> beside = new(Samples);
        List<double> among = new(Samples);
        for (int i = 0; i < Samples; i++)
        {
            beside.Add(await MicrosecondsAsync(few));
            among.Add(await MicrosecondsAsync(many));
        }

        return (beside.Order().ElementAt(Samples / 2), among.Order().ElementAt(Samples / 2));
    }

    private static async Task<double> MicrosecondsAsync(IKeyProvider store)
    {
        long started = Stopwatch.GetTimestamp();
        (await store.CreateAsync(NewKey.Default(KeyName.Parse(Guid.NewGuid().ToString("N"))), CancellationToken.None)).Dispose();
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
    }

    private async Task<(double Milliseconds, long Memory)> FirstAsync(string version)
    {
        ProcessStartInfo start = new("dotnet", [typeof(MillionKeys).Assembly.Location, "open", Uri, version]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        string answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] words = answer.Trim().Split(' ');
        return process.ExitCode == 0 && words.Length == 2
            ? (double.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The process that opens the store ended with {process.ExitCode}: {answer}");
    }
}
