using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Scheduling;
using KmsPS.Server.Admin;
using KmsPS.Server.Limits;
using KmsPS.Server.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace KmsPS.Server;

/// <summary>One server from its start to its end: settings, gate, engine, listeners, state file, drain.</summary>
/// <param name="options">The command line.</param>
/// <param name="time">The clock.</param>
/// <param name="coreDumps">Whether the process can leave its memory in a file.</param>
internal sealed partial class KmsServer(ServerOptions options, TimeProvider time, CoreDumps coreDumps = CoreDumps.Unknown) : IAsyncDisposable
{
    // Answers that are being made get this long to end; the balancer has seen "not ready" meanwhile.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(20);
    private static readonly string[] ConfigurationFiles = ["core-site.xml", "kms-site.xml", "kms-acls.xml", "ssl-server.xml"];

    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> _signals = [];
    private readonly LogLevels _levels = new();
    private ServerLog? _log;
    private ComposedKms? _kms;
    private KeyScheduler? _scheduler;
    private CertificateReload? _certificate;
    private WebApplication? _host;

    /// <summary>The product's version.</summary>
    public static string Version { get; } = typeof(KmsServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Asks the server to drain and end.</summary>
    public void Stop() => _stop.TrySetResult();

    /// <summary>Starts, serves until it is asked to stop, and drains.</summary>
    /// <exception cref="KmsException">It cannot start: why, and what to do.</exception>
    public async Task RunAsync()
    {
        ListenToSignals();
        KmsSettings settings = KmsSettings.Load(options.ConfigDirectory);
        IReadOnlyList<ListenUrl> urls = ListenPlan.Of(options, settings);
        string suffix = options.Name == "default" ? "" : $"-{options.Name}";
        string logs = Environment.GetEnvironmentVariable("KMS_LOG") is { Length: > 0 } named ? Path.GetFullPath(named) : Path.Combine(options.DataDirectory, "logs");
        string? open = OwnerFolder.Make(options.DataDirectory);
        _log = new ServerLog(OpenLog(Path.Combine(logs, $"kms-server{suffix}.log")), options.IsDetached ? null : Console.Error, time, _levels);
        ILogger<KmsServer> log = _log.CreateLogger<KmsServer>();
        foreach (string warning in (open is null ? [] : new[] { open }).Concat(settings.Warnings).Concat(StartGate.Check(options, settings, urls, coreDumps)))
        {
            LogWarning(log, warning);
        }

        _kms = await new KmsEngineBuilder(settings, options.DataDirectory, logs, options.Name, Notices(log), time).BuildAsync(CancellationToken.None);
        foreach (AclFinding finding in _kms.Acls.First?.Warnings ?? [])
        {
            LogWarning(log, finding.ToString());
        }

        if (StartGate.CheckRules(_kms.Acls.Current, _kms.Acls.First is not null, settings) is { } wide)
        {
            LogWarning(log, wide);
        }

        if (_kms.Engine.Policy.IsPermissive)
        {
            LogPermissive(log);
        }

        await _kms.Store.SelfTestAsync(CancellationToken.None);
        _certificate = urls.Any(static url => url.IsTls) ? await OpenCertificateAsync(settings, _log) : null;
        using HealthProbe health = new(_kms.Store, time, _log.CreateLogger<HealthProbe>());
        LimitSettings limits = LimitSettings.From(settings, warning => LogWarning(log, warning));
        ConnectionGate gate = new(limits, _kms.Meter);
        ClientCertificates clients = new(settings, urls, _kms.Meter, time, _log.CreateLogger<ClientTrust>());
        Listener listener = new(settings, urls, _certificate, clients, gate);
        IServer server = await StartAsync(listener, health, settings, limits);
        _kms.Meter.Watch("kms.door.connections", "{connection}", "Connections that are open.", () => gate.Open);
        StateFile state = new(options.StateDirectory, options.Name);
        state.Write(Describe(listener.BoundUrls));
        Announce(log, listener.BoundUrls);
        StartScheduler(settings, log);
        await _stop.Task;
        health.BeginStop();
        LogStopping(log);
        using CancellationTokenSource patience = new(DrainTime, time);
        await server.StopAsync(patience.Token);
        state.Remove();
        LogStopped(log);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_certificate is not null)
        {
            await _certificate.DisposeAsync();
        }

        if (_scheduler is not null)
        {
            await _scheduler.DisposeAsync();
        }

        if (_kms is not null)
        {
            await _kms.DisposeAsync();
        }

        _log?.Dispose();
        _signals.ForEach(static each => each.Dispose());
    }

    private static LogFile OpenLog(string path)
    {
        try
        {
            return new LogFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The log cannot be written: {failure.Message.TrimEnd('.')}", path, remedy: "See that this account may write there, or name another folder with --data-dir.", inner: failure);
        }
    }

    private void ListenToSignals()
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, options.IsDetached ? Ignore : OnStop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, options.IsDetached ? Ignore : OnStop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, options.IsDetached ? Ignore : OnStop));

        void OnStop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            Stop();
        }

        static void Ignore(PosixSignalContext signal) => signal.Cancel = true;
    }

    private static KmsNotices Notices(ILogger log) => new(
        warning => LogWarning(log, warning),
        (what, failure) => LogBackground(log, failure, what),
        reload =>
        {
            string text = reload.Outcome switch
            {
                AclReloadOutcome.Loaded => $"New access lists are in force; {reload.Changes.Count} change(s)",
                AclReloadOutcome.Missing => "kms-acls.xml is gone; the access lists of before stay in force",
                _ => $"The changed kms-acls.xml is refused, the access lists of before stay in force. {reload.Failure?.Message}",
            };
            LogReload(log, reload.Outcome == AclReloadOutcome.Loaded ? LogLevel.Information : LogLevel.Error, text);
        });

    private void StartScheduler(KmsSettings settings, ILogger log)
    {
        if (settings.Keys.SchedulerInterval > TimeSpan.Zero)
        {
            _scheduler = new KeyScheduler(_kms!.Engine, _kms.State, settings.Keys.SchedulerUser ?? Environment.UserName, $"{Environment.MachineName}/{options.Name}", Notices(log), time);
            _scheduler.Start(settings.Keys.SchedulerInterval);
        }
    }

    private async Task<CertificateReload> OpenCertificateAsync(KmsSettings settings, ServerLog log)
    {
        (string path, Func<Engine.Certificates.ServerCertificate> read) = CertificatePlan.Of(settings, options.DataDirectory, time);
        TimeSpan interval = settings.Tls?.ReloadInterval ?? TimeSpan.FromSeconds(10);
        CertificateReload certificate = await CertificateReload.OpenAsync(path, read, TlsOffer.Of(settings.Tls), interval, time, new ExpiryNotice(path, time, log.CreateLogger<ExpiryNotice>()), log.CreateLogger<CertificateReload>());
        _kms!.Meter.Watch("kms.tls.certificate.expiry", "s", "Time until the certificate in use ends; negative once it has.", () => ExpiryNotice.Left(certificate.Certificate, time).TotalSeconds);
        return certificate;
    }

    private async Task<IServer> StartAsync(Listener listener, HealthProbe health, KmsSettings settings, LimitSettings limits)
    {
        // The host is there for Kestrel's own services alone; it is never started.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "kms-server" });
        builder.Services.AddSingleton<ILoggerFactory>(_log!);
        builder.Services.Configure<SocketTransportOptions>(listener.Configure);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(listener.Configure);
        _host = builder.Build();
        RestApi rest = new(_kms!.Engine, _kms.Audit, new RestOptions(settings.Keys.Cipher, settings.Keys.BitLength) { MaxBody = settings.Http.MaxBodyBytes, MaxBatchBody = settings.Http.MaxBatchBodyBytes }, time, _log!.CreateLogger<RestApi>());
        AdminOptions admin = AdminOptions.From(settings.Source);
        AccessEndpoints access = new(rest, _kms.Engine, _kms.Groups, admin.Administrators, _kms.Meter, health, _certificate, _kms.Audit, time);
        AdminEndpoints pages = new(access, _kms.Meter, admin, settings.Source, _levels, time, ErrorPage.WriteAsync);
        FrontDoor door = new(_kms.SignIn, _kms.Audit, pages, health, new CallerLimits(limits, _kms.Meter, time, _log!.CreateLogger<CallerLimits>()), settings.Http.MaxResponseHeaderBytes, _kms.Meter, time, _log!.CreateLogger<FrontDoor>());
        IServer server = _host.Services.GetRequiredService<IServer>();
        try
        {
            DoorApplication application = new(door, _kms.Meter, ExtraHeaders.From(settings), limits.Requests, _log!.CreateLogger<DoorApplication>());
            _kms.Meter.Watch("kms.door.requests", "{request}", "Requests in work.", () => application.InWork);
            await server.StartAsync(application, CancellationToken.None);
            return server;
        }
        catch (Exception failure) when (failure is IOException or SocketException or AddressInUseException)
        {
            string remedy = failure is IOException { InnerException: AddressInUseException } or AddressInUseException
                ? "Stop the other program, or choose another port with --listen; port 0 takes a free one."
                : "Listen on an address of this machine, or on * for all of them.";
            throw new ConfigurationException($"Cannot listen: {failure.Message.TrimEnd('.')}", remedy: remedy, inner: failure);
        }
    }

    private ServerState Describe(IReadOnlyList<string> urls)
    {
        using Process process = Process.GetCurrentProcess();
        return new ServerState(
            options.Name,
            Environment.ProcessId,
            new DateTimeOffset(process.StartTime.ToUniversalTime()),
            urls,
            Version,
            HashConfiguration(),
            _certificate?.Certificate.Thumbprint,
            _log!.FilePath,
            options.DataDirectory);
    }

    private string HashConfiguration()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in ConfigurationFiles.Select(file => Path.Combine(options.ConfigDirectory ?? "", file)).Where(path => options.ConfigDirectory is not null && File.Exists(path)))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Announce(ILogger log, IReadOnlyList<string> urls)
    {
        if (_certificate is { Certificate: { } certificate })
        {
            string notAfter = certificate.Leaf.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            LogCertificate(log, certificate.Thumbprint, notAfter);
        }

        string all = string.Join(" ", urls);
        string store = _kms!.Store.Uri.ToString();
        LogStarted(log, Version, all, store);
        if (!options.IsDetached)
        {
            Console.Out.WriteLine($"listening on {all}");
        }
    }

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "kms-server {Version} serves {Store} on {Urls}")]
    private static partial void LogStarted(ILogger log, string version, string urls, string store);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWarning(ILogger log, string warning);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "{What}")]
    private static partial void LogBackground(ILogger log, Exception failure, string what);

    [LoggerMessage(EventId = 1004, Message = "{Text}")]
    private static partial void LogReload(ILogger log, LogLevel level, string text);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "The certificate's SHA-256 thumbprint is {Thumbprint}; it is valid until {NotAfter}")]
    private static partial void LogCertificate(ILogger log, string thumbprint, string notAfter);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Warning, Message = "PERMISSIVE: kmsps.acl.mode is permissive. What the access lists refuse is written down, counted and done all the same; remove the setting to enforce them")]
    private static partial void LogPermissive(ILogger log);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Information, Message = "Stopping: answers in the making are finished first")]
    private static partial void LogStopping(ILogger log);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Information, Message = "Stopped")]
    private static partial void LogStopped(ILogger log);
}
