using System.Diagnostics;
using System.Security;
using System.Text.Json;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Authentication;

/// <summary>A key server as a process of its own: the Kerberos library reads its settings from the environment of the process.</summary>
internal sealed class KerberosServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;
    private Task<string> _output = Task.FromResult("");
    private Task<string> _errors = Task.FromResult("");

    private KerberosServer(IEnumerable<(string Name, string Value)> environment, IReadOnlyDictionary<string, string> properties, string? acls, string scheme)
    {
        Directory.CreateDirectory(_directory.File("conf"));
        File.WriteAllText(_directory.File("conf/kms-site.xml"), Xml(properties));
        if (acls is not null)
        {
            File.Copy(acls, _directory.File("conf/kms-acls.xml"));
        }

        ProcessStartInfo start = new(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "kms-server.dll"), "--config-dir", _directory.File("conf"), "--data-dir", _directory.File("data"),
                "--state-dir", _directory.File("state"), "--listen", $"{scheme}://127.0.0.1:0",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>Its address by name, as its principal has it.</summary>
    internal Uri Url { get; private set; } = null!;

    /// <summary>SHA-256 of its certificate, with HTTPS.</summary>
    internal string Thumbprint
    {
        get
        {
            using JsonDocument state = JsonDocument.Parse(File.ReadAllBytes(_directory.File("state/default.json")));
            return state.RootElement.GetProperty("thumbprint").GetString()!;
        }
    }

    /// <summary>Its log so far.</summary>
    internal string Log => File.ReadAllText(_directory.File("data/logs/kms-server.log"));

    /// <summary>Its audit log so far, in Hadoop's form.</summary>
    internal string Audit => File.ReadAllText(_directory.File("data/logs/kms-audit.log"));

    /// <summary>Starts one with these properties and waits until it serves.</summary>
    internal static async Task<KerberosServer> StartAsync(IEnumerable<(string Name, string Value)> environment, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken, string? acls = null, string scheme = "http")
    {
        KerberosServer server = new(environment, properties, acls, scheme);
        server._errors = server._process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await server._process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                server.Url = new UriBuilder(line["listening on ".Length..].Trim()) { Host = "localhost" }.Uri;
                server._output = server._process.StandardOutput.ReadToEndAsync(CancellationToken.None); // A full pipe would stop the server.
                return server;
            }
        }

        string errors = await server._errors;
        await server.DisposeAsync();
        throw new InvalidOperationException(errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAll(_output, _errors);
        _process.Dispose();
        _directory.Dispose();
    }

    private static string Xml(IReadOnlyDictionary<string, string> properties) =>
        $"<configuration>{string.Concat(properties.Select(static each => $"<property><name>{each.Key}</name><value>{SecurityElement.Escape(each.Value)}</value></property>"))}</configuration>";
}
