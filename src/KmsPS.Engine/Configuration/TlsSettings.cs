using System.Text;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Configuration;

/// <summary>What <c>ssl-server.xml</c> says. Passwords stay in the file until <see cref="Password"/> is asked.</summary>
public sealed record TlsSettings
{
    /// <summary>The properties of <c>ssl-server.xml</c>, or of the main files where it is missing.</summary>
    public required HadoopConfiguration Source { get; init; }

    /// <summary><c>ssl.server.keystore.location</c>.</summary>
    public string? KeystorePath { get; init; }

    /// <summary><c>ssl.server.keystore.type</c>, lower case. Default <c>jks</c>.</summary>
    public string KeystoreType { get; init; } = "jks";

    /// <summary><c>ssl.server.truststore.location</c>.</summary>
    public string? TruststorePath { get; init; }

    /// <summary><c>ssl.server.truststore.type</c>, lower case. Default <c>jks</c>.</summary>
    public string TruststoreType { get; init; } = "jks";

    /// <summary><c>ssl.server.truststore.reload.interval</c>. Default 10 s.</summary>
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>ssl.server.need.client.auth</c>.</summary>
    public bool NeedClientCertificate { get; init; }

    /// <summary><c>ssl.server.exclude.cipher.list</c>.</summary>
    public IReadOnlyList<string> ExcludedSuites { get; init; } = [];

    /// <summary><c>hadoop.ssl.enabled.protocols</c> of core-site, such as <c>TLSv1.2</c>; empty where it is not set.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>A password by its property, such as <c>ssl.server.keystore.password</c>. Its bytes are UTF-8; the caller disposes it.</summary>
    public SecretBytes? Password(string property) => Source.Get(property) is { } text ? SecretBytes.CopyOf(Encoding.UTF8.GetBytes(text)) : null;
}
