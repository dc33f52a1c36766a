using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Tests.Server;

/// <summary>Trust of tests in servers that they started themselves, on loopback, with certificates that nobody signed.</summary>
internal static class LoopbackTrust
{
    /// <summary>Takes any certificate, as long as there is one.</summary>
    internal static bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0;
}
