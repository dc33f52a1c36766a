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
    private bool _hasStandby;

    private PostgresCluster(string programs) => _programs = programs;

    public string Uri => string.Create(CultureInfo.InvariantCulture, $"postgres://kms@127.0.0.1:{_port}/kms");

    public string KeyFile => Path.Combine(_folder.FullName, "store.key");

    public string Connection => new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _port, Username = "kms", Database = "kms", Pooling = false, SslMode = SslMode.Disable }.ConnectionString;

    private string Data => Path.Combine(_folder.FullName, "data");

    private string StandbyData => Path.Combine(_folder.FullName, "standby");

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
        await cluster.StartAsync(cluster.Data, cluster._port);
        await cluster.AskAsync("CREATE DATABASE kms");
        return cluster;
    }

    /// <summary>From now on a commit also waits for the disk of a standby, as where no acknowledged key may be lost with a machine.</summary>
    public async Task AddSynchronousStandbyAsync()
    {
        await RunAsync("pg_basebackup", "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", "kms", "-D", StandbyData, "-R", "-X", "stream", "-c", "fast");
        await StartAsync(StandbyData, FreePort.Find());
        _hasStandby = true;
        await AskAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await AskAsync("SELECT pg_reload_conf()");
        while (await AskAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is not 1L)
        {
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_hasStandby)
        {
            await RunAsync("pg_ctl", "-D", StandbyData, "-w", "-s", "-m", "immediate", "stop");
        }

        await RunAsync("pg_ctl", "-D", Data, "-w", "-s", "-m", "immediate", "stop");
        _folder.Delete(recursive: true);
    }

    private Task StartAsync(string data, int port) => RunAsync(
        "pg_ctl", "-D", data, "-w", "-s", "-l", data + ".log", "-o", string.Create(CultureInfo.InvariantCulture, $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder.FullName}"), "start");

    private async Task<object?> AskAsync(string sql)
    {
        await using NpgsqlConnection admin = new(new NpgsqlConnectionStringBuilder(Connection) { Database = "postgres" }.ConnectionString);
        await admin.OpenAsync();
#pragma warning disable CA2100 // The text is one of this class's own.
        await using NpgsqlCommand command = new(sql, admin);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
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
