using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>Which server certificates are believed: those of the system's roots, of given roots, or one certificate by its thumbprint.</summary>
public sealed class ServerTrust
{
    private readonly X509Certificate2Collection? _roots;
    private readonly byte[]? _thumbprint;

    private ServerTrust(X509Certificate2Collection? roots, byte[]? thumbprint)
    {
        _roots = roots;
        _thumbprint = thumbprint;
    }

    /// <summary>The operating system's roots.</summary>
    public static ServerTrust System { get; } = new(null, null);

    /// <summary>Only certificates that lead to one of these; a self-made certificate may be its own root.</summary>
    public static ServerTrust Roots(X509Certificate2Collection roots) => new(roots, null);

    /// <summary>Exactly the certificate with this SHA-256 thumbprint, whatever name and dates are in it: our self-made ones print theirs at the start.</summary>
    /// <exception cref="ConfigurationException">These are not 64 hexadecimal digits (colons and blanks are skipped).</exception>
    public static ServerTrust Thumbprint(string sha256)
    {
        ArgumentNullException.ThrowIfNull(sha256);
        string digits = sha256.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit)
            ? new ServerTrust(null, Convert.FromHexString(digits))
            : throw new ConfigurationException("A SHA-256 thumbprint has 64 hexadecimal digits", remedy: "Copy it from the server's first lines, or from openssl x509 -fingerprint -sha256.");
    }

    /// <summary>Roots from a PEM or PKCS#12 file.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read or holds no certificate.</exception>
    public static ServerTrust File(string path, string? password)
    {
        try
        {
            byte[] content = global::System.IO.File.ReadAllBytes(path);
            X509Certificate2Collection roots = [];
            if (content.AsSpan().IndexOf("-----BEGIN CERTIFICATE-----"u8) >= 0)
            {
                roots.ImportFromPemFile(path);
            }
            else
            {
                roots = X509CertificateLoader.LoadPkcs12Collection(content, password, X509KeyStorageFlags.EphemeralKeySet);
            }

            return roots.Count > 0 ? Roots(roots) : throw new ConfigurationException("The trust store holds no certificate", path, remedy: "Put the authority's certificate in it, as PEM or PKCS#12.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"The trust store cannot be read: {failure.Message}", path, remedy: "Give a PEM file, or a PKCS#12 file with its password in kmsps.client.trust.password.file.", inner: failure);
        }
    }

    /// <summary><c>kmsps.client.trust</c>: <c>system</c>, <c>sha256:HEX</c> or the path of a PEM or PKCS#12 file (password: <c>kmsps.client.trust.password.file</c>).</summary>
    public static ServerTrust From(ProviderContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string? text = context.Property("kmsps.client.trust")?.Trim();
        if (text is null or "" or "system")
        {
            return System;
        }

        if (text.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase))
        {
            return Thumbprint(text["sha256:".Length..]);
        }

        string? passwordFile = context.Property("kmsps.client.trust.password.file");
        string directory = context.ConfigurationDirectory ?? "";
        try
        {
            string? password = passwordFile is null ? null : global::System.IO.File.ReadAllText(Path.Combine(directory, passwordFile)).Trim();
            return File(Path.Combine(directory, text), password);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("The trust store's password cannot be read", passwordFile, remedy: "Name a file that this user can read.", inner: failure);
        }
    }

    /// <summary>The options of a TLS client for this trust.</summary>
    /// <param name="certificate">What the client shows of itself where it is asked.</param>
    internal SslClientAuthenticationOptions ClientOptions(SslStreamCertificateContext? certificate = null)
    {
        SslClientAuthenticationOptions options = new()
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateContext = certificate,
            RemoteCertificateValidationCallback = Validate,
        };
        if (_roots is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(_roots);
        }

        return options;
    }

    // A refusal is thrown, not returned: the text then says which certificate was shown and why it was not believed.
    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            throw new AuthenticationException("The server showed no certificate");
        }

        byte[] shown = SHA256.HashData(certificate.GetRawCertData());
        if (_thumbprint is not null)
        {
            return CryptographicOperations.FixedTimeEquals(shown, _thumbprint)
                ? true
                : throw new AuthenticationException($"The server's certificate is not the pinned one; its SHA-256 thumbprint is {Convert.ToHexString(shown)}");
        }

        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        string reasons = string.Join("; ", new[]
        {
            errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "it is for another host name" : null,
            errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? string.Join(", ", (chain?.ChainStatus ?? []).Select(static status => status.StatusInformation.Trim().TrimEnd('.'))) : null,
        }.Where(static reason => !string.IsNullOrEmpty(reason)));
        throw new AuthenticationException($"The server's certificate is not believed ({reasons}); its SHA-256 thumbprint is {Convert.ToHexString(shown)}");
    }
}
