using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace KmsPS.Benchmarks.Bare;

/// <summary>
/// The least that Kestrel can do: read the request's body and answer with fixed bytes and headers, those that the real server
/// answered. It runs as a process of its own, so that its processor time can be told from everybody else's.
/// </summary>
internal static class BareEndpoint
{
    /// <param name="arguments">The file with the answer, the port without TLS, the port with TLS.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        BareAnswer answer = JsonSerializer.Deserialize<BareAnswer>(await File.ReadAllBytesAsync(arguments[0]))!;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        using X509Certificate2 certificate = MakeCertificate();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, Port(arguments[1]), static listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, Port(arguments[2]), listen => listen.UseHttps(certificate));
        });
        await using WebApplication app = builder.Build();
        KeyValuePair<string, string>[] headers = [.. answer.Headers];
        app.Run(context => AnswerAsync(context, headers, answer.Body));
        await app.StartAsync();
        Console.WriteLine("listening");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context, KeyValuePair<string, string>[] headers, byte[] body)
    {
        await DrainAsync(context.Request.BodyReader);
        foreach ((string name, string value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body);
    }

    private static async ValueTask DrainAsync(PipeReader reader)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static int Port(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    // The certificate's kind matters to handshakes alone, and connections are opened before a round begins.
    private static X509Certificate2 MakeCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
