using System.Net;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;
using KmsPS.Server;
using KmsPS.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KmsPS.Tests.Server.Replay;

/// <summary>
/// The REST interface on a real socket, behind a front door that believes <c>user.name</c>. Whatever belongs to the real front door,
/// pages and cookies above all, is not here.
/// </summary>
internal sealed class ReplayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IKeyProvider _store;

    private ReplayHost(WebApplication app, IKeyProvider store, RecordingAudit audit, ListLogger log)
    {
        _app = app;
        _store = store;
        Audit = audit;
        Log = log;
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public Uri Url { get; }

    public RecordingAudit Audit { get; }

    public ListLogger Log { get; }

    public static async Task<ReplayHost> StartAsync(IKeyProvider store, IAclSource acls, bool keyAuthorization = true, Func<string, NameSet>? groups = null)
    {
        RecordingAudit audit = new();
        ListLogger log = new();
        KmsEngine engine = new(store, acls, audit, TimeProvider.System, keyAuthorization);
        RestApi api = new(engine, audit, RestOptions.Default, TimeProvider.System, log);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestLineSize = 65536;
            options.Limits.MaxRequestHeadersTotalSize = 65536;
            options.Limits.MaxRequestBufferSize = 128 * 1024;
            options.Listen(IPAddress.Loopback, 0);
        });
        WebApplication app = builder.Build();
        app.Run(context => ServeAsync(context, api, groups ?? (static _ => NameSet.Empty)));
        await app.StartAsync();
        return new ReplayHost(app, store, audit, log);
    }

    public Task<RawHttp.Reply> SendAsync(Exchange exchange, Func<string, string> fill) =>
        RawHttp.SendAsync(Url, exchange.ToBytes(fill), exchange.Method == "HEAD", TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static async Task ServeAsync(HttpContext context, RestApi api, Func<string, NameSet> groups)
    {
        string raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!RestTarget.TryParse(raw, out RestTarget target))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (await api.TryHandleOpenAsync(context, target))
        {
            return;
        }

        if (target.Parameter("user.name") is not { Length: > 0 } user)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = "Authentication required";
            return;
        }

        string shortName = user.Split('@', '/')[0];
        Caller caller = new(shortName, user, AuthenticationMethod.Simple, groups(shortName));
        await api.HandleAsync(context, target, new Call(caller, new CallOrigin("127.0.0.1", context.Request.Method, "http")), context.RequestAborted);
    }
}

/// <summary>Keeps what a server logs.</summary>
internal sealed class ListLogger : ILogger<RestApi>
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public string[] Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => NullLogger.Instance.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
        }
    }
}
