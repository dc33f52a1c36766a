using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine;
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

namespace KmsPS.Tests.Providers.Remote;

/// <summary>The server's own REST interface on loopback, in this process, with a door that believes every <c>user.name</c> and cookie.</summary>
public sealed class RestHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private RestHost(WebApplication application) => _application = application;

    public int Port { get; private set; }

    /// <summary>Protocol, method and cookie of what came in.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    public static X509Certificate2 Certificate { get; } = SelfMade();

    public static string Thumbprint => Certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public string Uri(string scheme) => $"kms://{scheme}@localhost:{Port}/kms";

    public static async Task<RestHost> StartAsync(IKeyProvider store, bool isTls)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            if (isTls)
            {
                listener.UseHttps(Certificate);
            }
        }));
        RestHost host = new(builder.Build());
        RecordingAudit audit = new();
        RestApi api = new(new KmsEngine(store, FixedAcl.Open, audit, TimeProvider.System, keyAuthorization: true), audit, RestOptions.Default, TimeProvider.System, NullLogger<RestApi>.Instance);
        host._application.Run(context => host.ServeAsync(context, api));
        await host._application.StartAsync();
        string address = host._application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        host.Port = new Uri(address).Port;
        return host;
    }

    /// <summary>Ends at once, as a killed process does: open connections break off.</summary>
    public Task KillAsync() => _application.StopAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task ServeAsync(HttpContext context, RestApi api)
    {
        string cookie = context.Request.Headers.Cookie.ToString();
        string? user = context.Request.Query["user.name"].FirstOrDefault() ?? (cookie.Length > 0 ? cookie.Split('=', 2)[1].Trim('"') : null);
        Seen.Enqueue($"{context.Request.Protocol} {context.Request.Method} {(cookie.Length > 0 ? "cookie" : "name")}");
        if (user is null || !RestTarget.TryParse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out RestTarget target))
        {
            context.Response.StatusCode = 401;
            return;
        }

        context.Response.Headers.SetCookie = $"hadoop.auth=\"{user}\"; HttpOnly";
        Caller caller = new(user, user, AuthenticationMethod.Simple, NameSet.Empty);
        await api.HandleAsync(context, target, new Call(caller, new CallOrigin("127.0.0.1", context.Request.Method, "http")), context.RequestAborted);
    }

    private static X509Certificate2 SelfMade()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
