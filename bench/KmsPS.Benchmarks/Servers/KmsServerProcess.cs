using System.Diagnostics;
using System.Text.Json;

namespace KmsPS.Benchmarks.Servers;

/// <summary>A real <c>kms-server</c> on an empty embedded store, with key lists that let the benchmark work.</summary>
internal sealed class KmsServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Every list is asked, as in production; everybody is on each.
    private const string Acls = """
        <configuration>
          <property><name>default.key.acl.MANAGEMENT</name><value>*</value></property>
          <property><name>default.key.acl.GENERATE_EEK</name><value>*</value></property>
          <property><name>default.key.acl.DECRYPT_EEK</name><value>*</value></property>
          <property><name>default.key.acl.READ</name><value>*</value></property>
        </configuration>
        """;

    private readonly string _folder;

    private KmsServerProcess(Process process, string folder, Uri plain, Uri tls)
    {
        Process = process;
        _folder = folder;
        Plain = plain;
        Tls = tls;
    }

    public Process Process { get; }

    public Uri Plain { get; }

    public Uri Tls { get; }

    /// <summary>Starts one and waits until it says by its state file that it is there.</summary>
    public static async Task<KmsServerProcess> StartAsync(Clone clone)
    {
        string folder = Directory.CreateTempSubdirectory("kmsps-bench-").FullName;
        Process process = Launch(clone, folder, "http://127.0.0.1:0", "https://127.0.0.1:0");
        string state = Path.Combine(folder, "state", "bench.json");
        long started = Stopwatch.GetTimestamp();
        while (!File.Exists(state))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException($"kms-server did not start: {File.ReadAllText(Path.Combine(folder, "server.log"))}");
            }

            await Task.Delay(20);
        }

        using JsonDocument said = JsonDocument.Parse(await File.ReadAllTextAsync(state));
        Uri[] urls = [.. said.RootElement.GetProperty("urls").EnumerateArray().Select(static url => new Uri(url.GetString()!))];
        return new KmsServerProcess(process, folder, Root(urls, "http"), Root(urls, "https"));
    }

    /// <summary>Starts the process and returns at once.</summary>
    public static Process Launch(Clone clone, string folder, params string[] urls)
    {
        if (!File.Exists(clone.ServerAssembly))
        {
            throw new InvalidOperationException($"{clone.ServerAssembly} is not there. Run ./build.sh package first.");
        }

        string configuration = Path.Combine(folder, "conf");
        Directory.CreateDirectory(configuration);
        File.WriteAllText(Path.Combine(configuration, "kms-acls.xml"), Acls);
        string[] arguments =
        [
            clone.ServerAssembly, "--config-dir", configuration, "--data-dir", Path.Combine(folder, "data"), "--state-dir", Path.Combine(folder, "state"),
            "--name", "bench", .. urls.SelectMany(static url => (string[])["--listen", url]),
        ];
        ProcessStartInfo start = new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process = new() { StartInfo = start };
        StreamWriter log = new(Path.Combine(folder, "server.log")) { AutoFlush = true };
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (log)
            {
                log.WriteLine(line.Data);
            }
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Uri Root(Uri[] urls, string scheme) => new(urls.First(url => url.Scheme == scheme).GetLeftPart(UriPartial.Authority));
}
