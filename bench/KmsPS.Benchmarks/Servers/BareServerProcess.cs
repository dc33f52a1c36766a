using System.Diagnostics;
using System.Text.Json;
using KmsPS.Benchmarks.Bare;
using KmsPS.Benchmarks.Load;

namespace KmsPS.Benchmarks.Servers;

/// <summary>The bare endpoint in its own process.</summary>
internal sealed class BareServerProcess : IAsyncDisposable
{
    // Kestrel writes these by itself.
    private static readonly string[] Own = ["Content-Length", "Transfer-Encoding", "Date", "Connection", "Server", "Set-Cookie"];

    private readonly string _answerFile;

    private BareServerProcess(Process process, Uri plain, Uri tls, string answerFile)
    {
        Process = process;
        Plain = plain;
        Tls = tls;
        _answerFile = answerFile;
    }

    public Process Process { get; }

    public Uri Plain { get; }

    public Uri Tls { get; }

    /// <summary>Starts one that says what <paramref name="answer"/> said.</summary>
    public static async Task<BareServerProcess> StartAsync(HttpAnswer answer)
    {
        string file = Path.GetTempFileName();
        Dictionary<string, string> headers = answer.Headers
            .Where(static header => !Own.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .DistinctBy(static header => header.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary();
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(new BareAnswer(headers, answer.Body)));
        int plain = FreePort.Find();
        int tls = FreePort.Find();
        ProcessStartInfo start = new("dotnet", [typeof(BareEndpoint).Assembly.Location, "bare", file, $"{plain}", $"{tls}"]) { RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync() != "listening")
        {
            throw new InvalidOperationException("The bare endpoint did not start; its own words are above.");
        }

        return new BareServerProcess(process, new Uri($"http://127.0.0.1:{plain}"), new Uri($"https://127.0.0.1:{tls}"), file);
    }

    public async ValueTask DisposeAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        File.Delete(_answerFile);
    }
}
