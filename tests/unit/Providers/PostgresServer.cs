using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KmsPS.Tests.Providers;

/// <summary>A real PostgreSQL of these tests' own: a cluster in a temporary folder, one loopback port, no service of the machine.</summary>
/// <remarks>PostgreSQL refuses to run as root; there it runs as the account postgres, which its package makes.</remarks>
public sealed class PostgresServer : IAsyncLifetime
{
    private static readonly string? Programs = Find();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kmsps-pg-");
    private int _databases;

    internal static bool IsHere => Programs is not null;

    internal int Port { get; private set; }

    /// <summary>Settings for the next start: <c>-c name=value</c>.</summary>
    internal string Settings { get; set; } = "";

    internal string Data => Path.Combine(_folder.FullName, "data");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!IsHere)
        {
            return;
        }

        await TakePlaceAsync();
        await RunAsync("initdb", "-D", Data, "-U", "kms", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (IsHere && File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            await StopAsync("immediate");
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>A streaming standby of this one, running; stopped and removed by whoever asked for it.</summary>
    internal async Task<PostgresServer> FollowAsync()
    {
        PostgresServer standby = new();
        await standby.TakePlaceAsync();
        await RunAsync("pg_basebackup", "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "kms", "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync");
        await standby.StartAsync();
        return standby;
    }

    /// <summary>Makes a standby the primary.</summary>
    internal Task PromoteAsync() => RunAsync("pg_ctl", "-D", Data, "-w", "-s", "promote");

    /// <summary>Reads its configuration again.</summary>
    internal Task ReloadAsync() => RunAsync("pg_ctl", "-D", Data, "-s", "reload");

    /// <summary>Gives a file to the account that the database runs under, for nobody else to read.</summary>
    internal static async Task GiveAsync(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        if (Environment.IsPrivilegedProcess)
        {
            await Peers.RunAsync("chown", ["postgres", file], Stop);
        }
    }

    /// <summary>An empty database; gives its URI.</summary>
    internal async Task<string> CreateDatabaseAsync()
    {
        Assert.SkipUnless(IsHere, "PostgreSQL is not installed here (initdb, pg_ctl and psql were not found).");
        string name = string.Create(CultureInfo.InvariantCulture, $"kms{Interlocked.Increment(ref _databases)}");
        await SqlAsync("postgres", $"CREATE DATABASE {name}");
        return string.Create(CultureInfo.InvariantCulture, $"postgres://kms@127.0.0.1:{Port}/{name}");
    }

    // No test here cuts the power, and a killed process loses nothing that the system was given: without fsync the tests are quick.
    internal Task StartAsync() => RunAsync("pg_ctl", "-D", Data, "-w", "-s", "-l", Path.Combine(_folder.FullName, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder.FullName} -c max_connections=80 -c fsync=off {Settings}"), "start");

    internal Task StopAsync(string mode) => RunAsync("pg_ctl", "-D", Data, "-w", "-s", "-m", mode, "stop");

    /// <summary>Runs SQL as the database's owner, behind the store's back.</summary>
    internal Task<string> SqlAsync(string database, string sql) => RunAsync("psql", "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "kms", "-d", database, "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", sql);

    internal static string DatabaseOf(string uri) => uri[(uri.LastIndexOf('/') + 1)..];

    private async Task TakePlaceAsync()
    {
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        if (Environment.IsPrivilegedProcess)
        {
            await Peers.RunAsync("chown", ["postgres", _folder.FullName], Stop);
        }
    }

    // pg_ctl leaves its server behind, which would keep a pipe open: its output goes nowhere.
    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        string path = Path.Combine(Programs!, program);
        if (program == "psql")
        {
            return (await Peers.RunAsync(path, arguments, Stop)).Trim();
        }

        ProcessStartInfo start = Environment.IsPrivilegedProcess ? new("runuser", ["-u", "postgres", "--", path, .. arguments]) : new(path, arguments);
        start.WorkingDirectory = "/";
        start.RedirectStandardOutput = program == "initdb";
        using Process process = Process.Start(start)!;
        string output = start.RedirectStandardOutput ? await process.StandardOutput.ReadToEndAsync(Stop) : "";
        await process.WaitForExitAsync(CancellationToken.None);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {output}");
        return "";
    }

    private static string? Find() => (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin")) : [])
        .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        .FirstOrDefault(static folder => ((string[])["initdb", "pg_ctl", "psql"]).All(program => File.Exists(Path.Combine(folder, program))));
}
