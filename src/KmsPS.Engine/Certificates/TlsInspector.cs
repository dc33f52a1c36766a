using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Certificates;

/// <summary>Looks at the TLS of an endpoint as a client sees it, and judges it. Nothing is sent over the connection.</summary>
public static class TlsInspector
{
    /// <summary>Connects, and reports.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.ServerUnavailable"/>: there is no connection, or no TLS on it.</exception>
    public static async ValueTask<TlsReport> InspectAsync(TlsQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(question.Timeout);
        try
        {
            using Look look = new(question);
            using (TcpClient client = new())
            {
                await client.ConnectAsync(question.Host, question.Port, patience.Token).ConfigureAwait(false);
                using SslStream tls = new(client.GetStream());
                await tls.AuthenticateAsClientAsync(look.Options(), patience.Token).ConfigureAwait(false);
                look.Agreed = (tls.SslProtocol.ToString(), tls.NegotiatedCipherSuite.ToString());
            }

            // Afterwards: some servers serve one connection at a time.
            return look.Report(await OldTlsProbe.FindAsync(question, cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(question, string.Create(CultureInfo.InvariantCulture, $"no TLS handshake within {question.Timeout.TotalSeconds:0.###} s"), late);
        }
        catch (Exception failure) when (failure is SocketException or IOException or AuthenticationException)
        {
            throw Unreachable(question, (failure.InnerException ?? failure).Message.TrimEnd('.'), failure);
        }
    }

    private static KmsException Unreachable(TlsQuestion question, string problem, Exception inner) => new(
        ErrorKind.ServerUnavailable,
        string.Create(CultureInfo.InvariantCulture, $"{question.Host}:{question.Port}: {problem}"),
        "Is the server running, the port right, and HTTPS spoken there?",
        isTransient: true,
        inner);

    /// <summary>What one handshake showed.</summary>
    private sealed class Look(TlsQuestion question) : IDisposable
    {
        private readonly List<X509Certificate2> _chain = [];
        private readonly List<TlsProblem> _problems = [];
        private SslPolicyErrors _errors;
        private X509ChainStatus[] _status = [];
        private bool _asked;

        internal SslClientAuthenticationOptions Options()
        {
            SslClientAuthenticationOptions options = new()
            {
                TargetHost = question.Host,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = See,
                CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck },
                LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
                {
                    // Asked a second time, with the server's certificate at hand, when the server wants one.
                    _asked |= remote is not null;
                    return question.Certificate?.TargetCertificate!;
                },
            };
            if (question.Roots is { } roots)
            {
                options.CertificateChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                options.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
            }

            return options;
        }

        /// <summary>Version and cipher suite.</summary>
        internal (string Protocol, string Suite) Agreed { get; set; } = ("", "");

        internal TlsReport Report(IReadOnlyList<string> weak)
        {
            X509Certificate2 own = _chain[0];
            DateTimeOffset now = question.Time.GetUtcNow();
            string[] names = [.. Names(own)];
            Judge(own, names, now);
            foreach (string offer in weak)
            {
                bool isOld = !offer.StartsWith("TLS 1.2", StringComparison.Ordinal);
                _problems.Add(isOld
                    ? new TlsProblem("WeakProtocol", $"The server also takes {offer}", "Turn off everything before TLS 1.2.")
                    : new TlsProblem("WeakCipher", $"The server also takes {offer}", "Offer suites with forward secrecy and AEAD only: ECDHE with AES-GCM or ChaCha20-Poly1305."));
            }

            return new TlsReport
            {
                Protocol = Agreed.Protocol,
                CipherSuite = Agreed.Suite,
                Chain = [.. _chain.Select(Link)],
                Names = names,
                DaysLeft = (int)Math.Floor((own.NotAfter.ToUniversalTime() - now.UtcDateTime).TotalDays),
                AsksForCertificate = _asked,
                Weak = weak,
                Problems = _problems,
            };
        }

        public void Dispose() => _chain.ForEach(static certificate => certificate.Dispose());

        // Everything is let through, to be reported; nothing is sent over such a connection.
        private bool See(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is null)
            {
                return false;
            }

            _errors = errors;
            _status = chain?.ChainStatus ?? [];
            IEnumerable<X509Certificate2> shown = chain is { ChainElements.Count: > 0 }
                ? chain.ChainElements.Select(static element => element.Certificate)
                : [(X509Certificate2)certificate];
            _chain.AddRange(shown.Select(static each => X509CertificateLoader.LoadCertificate(each.RawDataMemory.Span)));
            return true;
        }

        private void Judge(X509Certificate2 own, string[] names, DateTimeOffset now)
        {
            JudgeTrust(own, names);
            DateTimeOffset end = own.NotAfter;
            if (own.NotBefore > now)
            {
                _problems.Add(new TlsProblem("NotYetValid", string.Create(CultureInfo.InvariantCulture, $"The certificate is good from {own.NotBefore:yyyy-MM-dd HH:mm} on"), "Compare the clocks of both machines."));
            }

            if (end < now)
            {
                _problems.Add(new TlsProblem("Expired", string.Create(CultureInfo.InvariantCulture, $"The certificate ended on {end:yyyy-MM-dd}"), "Put a new one into the keystore; a running server takes it up."));
            }
            else if (end - now < question.ExpiryWarning)
            {
                _problems.Add(new TlsProblem("ExpiresSoon", string.Create(CultureInfo.InvariantCulture, $"The certificate ends on {end:yyyy-MM-dd}, in {(end - now).TotalDays:0} days"), "Put a new one into the keystore; a running server takes it up."));
            }

            using RSA? rsa = own.GetRSAPublicKey();
            if (rsa is { KeySize: < 2048 })
            {
                _problems.Add(new TlsProblem("WeakKey", string.Create(CultureInfo.InvariantCulture, $"Its RSA key has {rsa.KeySize} bits"), "Make one of at least 2048 bits, or on P-256."));
            }

            if (own.SignatureAlgorithm.FriendlyName is { } signed && (signed.Contains("sha1", StringComparison.OrdinalIgnoreCase) || signed.Contains("md5", StringComparison.OrdinalIgnoreCase)))
            {
                _problems.Add(new TlsProblem("WeakSignature", $"It is signed with {signed}", "Have it signed with SHA-256 or better."));
            }
        }

        // A pinned certificate is believed whatever name and issuer it has, as clients with -Thumbprint do.
        private void JudgeTrust(X509Certificate2 own, string[] names)
        {
            string thumbprint = own.GetCertHashString(HashAlgorithmName.SHA256);
            if (question.Thumbprint is { } pinned)
            {
                if (!string.Equals(pinned.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), thumbprint, StringComparison.OrdinalIgnoreCase))
                {
                    _problems.Add(new TlsProblem("NotPinned", $"The certificate is another one than the pinned; its SHA-256 thumbprint is {thumbprint}", "Was it replaced? If not, somebody stands in between."));
                }

                return;
            }

            if (_errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            {
                _problems.Add(new TlsProblem("NameMismatch", $"The certificate is not for {question.Host}, but for {(names.Length > 0 ? string.Join(", ", names) : "no name at all")}", "Use one of its names, or have a certificate made with this one."));
            }

            const X509ChainStatusFlags Dates = X509ChainStatusFlags.NotTimeValid;
            string[] reasons = [.. _status.Where(static each => each.Status != Dates).Select(static each => each.StatusInformation.Trim().TrimEnd('.')).Distinct()];
            if (_errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && reasons.Length > 0)
            {
                _problems.Add(new TlsProblem("Untrusted", $"The certificate does not lead to a trusted root: {string.Join("; ", reasons)}", $"Trust its authority, or this one certificate by its SHA-256 thumbprint {thumbprint}."));
            }
        }

        private static IEnumerable<string> Names(X509Certificate2 certificate) => certificate.Extensions
            .OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static address => address.ToString())));

        private static TlsChainLink Link(X509Certificate2 each)
        {
            using RSA? rsa = each.GetRSAPublicKey();
            using ECDsa? curve = each.GetECDsaPublicKey();
            string key = rsa is not null ? string.Create(CultureInfo.InvariantCulture, $"RSA {rsa.KeySize}") : curve is not null ? string.Create(CultureInfo.InvariantCulture, $"EC {curve.KeySize}") : each.GetKeyAlgorithm();
            return new TlsChainLink(each.Subject, each.Issuer, each.NotBefore, each.NotAfter, key, each.SignatureAlgorithm.FriendlyName ?? each.SignatureAlgorithm.Value ?? "", each.GetCertHashString(HashAlgorithmName.SHA256));
        }
    }
}
