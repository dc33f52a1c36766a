using KmsPS.Engine.Certificates;

namespace KmsPS;

/// <summary>What an endpoint's TLS is like, and what is wrong with it.</summary>
public sealed class KmsTlsResult
{
    internal KmsTlsResult(string endpoint, TlsReport report)
    {
        Endpoint = endpoint;
        Protocol = report.Protocol;
        CipherSuite = report.CipherSuite;
        Subject = report.Chain[0].Subject;
        Issuer = report.Chain[0].Issuer;
        Names = [.. report.Names];
        NotAfter = report.Chain[0].NotAfter.LocalDateTime;
        DaysLeft = report.DaysLeft;
        Thumbprint = report.Chain[0].Thumbprint;
        Chain = [.. report.Chain];
        AsksForCertificate = report.AsksForCertificate;
        Weak = [.. report.Weak];
        Problems = [.. report.Problems];
    }

    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed => Problems.Length == 0;

    /// <summary>Host and port.</summary>
    public string Endpoint { get; }

    /// <summary>The version agreed on: <c>Tls13</c>.</summary>
    public string Protocol { get; }

    /// <summary>The cipher suite agreed on, by its IANA name.</summary>
    public string CipherSuite { get; }

    /// <summary>The certificate's subject.</summary>
    public string Subject { get; }

    /// <summary>Who signed it.</summary>
    public string Issuer { get; }

    /// <summary>Host names and addresses that it is for.</summary>
    public string[] Names { get; }

    /// <summary>Until when it is good, local time.</summary>
    public DateTime NotAfter { get; }

    /// <summary>Whole days until then; negative after it.</summary>
    public int DaysLeft { get; }

    /// <summary>SHA-256, as <c>Connect-KmsProvider -Thumbprint</c> takes it.</summary>
    public string Thumbprint { get; }

    /// <summary>The certificates, the server's own first.</summary>
    public TlsChainLink[] Chain { get; }

    /// <summary>Whether the server asks its clients for certificates.</summary>
    public bool AsksForCertificate { get; }

    /// <summary>Old versions and weak suites that the server also takes.</summary>
    public string[] Weak { get; }

    /// <summary>What is wrong, each with an <c>Id</c>, a text and a remedy.</summary>
    public TlsProblem[] Problems { get; }

    /// <summary>The endpoint with its problems.</summary>
    public override string ToString() => Passed ? $"{Endpoint}: good" : $"{Endpoint}: {string.Join(", ", Problems.Select(static problem => problem.Id))}";
}
