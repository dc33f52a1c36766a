using System.Diagnostics;
using System.Globalization;
using KmsPS.Benchmarks.Servers;
using Npgsql;

namespace KmsPS.Benchmarks.Stores;

/// <summary>A PostgreSQL of the bench's own on loopback, set up as its packagers do: every commit waits for the disk.</summary>
/// <remarks>PostgreSQL refuses to run as root; there it runs as the account postgres, which its package makes.</remarks>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kmsps-bench-pg-");
    private readonly string _programs;
    private readonly int _port = FreePort.Find();

    private PostgresCluster(string programs) => _programs = programs;

    public string Uri => string.Create(CultureInfo.InvariantCulture, $"postgres://kms@127.0.0.1:{_port}/kms");

    public string KeyFile => Path.Combine(_folder.FullName, "store.key");

    public string Connection => new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _port, Username = "kms", Database = "kms", Pooling = false, SslMode = SslMode.Disable }.ConnectionString;

    private string Data => Path.Combine(_folder.FullName, "data");

    /// <returns><see langword="null"/> where PostgreSQL is not installed.</returns>
    public static async Task<PostgresCluster?> StartAsync()
    {
        string? programs = (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin")) : [])
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(static folder => File.Exists(Path.Combine(folder, "initdb")));
        if (programs is null)
        {
            return null;
        }

        PostgresCluster cluster = new(programs);
        if (Environment.IsPrivilegedProcess)
        {
            await StartAsync("chown", ["postgres", cluster._folder.FullName]);
        }

        await cluster.RunAsync("initdb", "-D", cluster.Data, "-U", "kms", "-A", "trust", "-E", "UTF8", "--locale=C");
        await cluster.RunAsync("pg_ctl", "-D", cluster.Data, "-w", "-s", "-l", Path.Combine(cluster._folder.FullName, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-p {cluster._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={cluster._folder.FullName}"), "start");
        await using NpgsqlConnection admin = new(new NpgsqlConnectionStringBuilder(cluster.Connection) { Database = "postgres" }.ConnectionString);
        await admin.OpenAsync();
        await using NpgsqlCommand create = new("CREATE DATABASE kms", admin);
        await create.ExecuteNonQueryAsync();
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("pg_ctl", "-D", Data, "-w", "-s", "-m", "immediate", "stop");
        _folder.Delete(recursive: true);
    }

    private Task RunAsync(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs, program);
        return Environment.IsPrivilegedProcess ? StartAsync("runuser", ["-u", "postgres", "--", path, .. arguments]) : StartAsync(path, arguments);
    }

    // pg_ctl leaves its server behind, which would keep a pipe open: its output goes nowhere.
    private static async Task StartAsync(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = arguments.Contains("-A") };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        string output = start.RedirectStandardOutput ? await process.StandardOutput.ReadToEndAsync() : "";
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}. {output}");
        }
    }
}
