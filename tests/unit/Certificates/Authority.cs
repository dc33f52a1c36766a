using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Tests.Certificates;

/// <summary>An issuer of real certificates, for tests.</summary>
internal sealed class Authority : IDisposable
{
    internal const string ForClients = "1.3.6.1.5.5.7.3.2";
    internal const string ForServers = "1.3.6.1.5.5.7.3.1";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal Authority(string name, Authority? above = null)
    {
        CertificateRequest request = new($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (above is null)
        {
            Certificate = request.CreateSelfSigned(now.AddDays(-60), now.AddDays(60));
        }
        else
        {
            using X509Certificate2 bare = request.Create(above.Certificate, now.AddDays(-59), now.AddDays(59), RandomNumberGenerator.GetBytes(9));
            Certificate = bare.CopyWithPrivateKey(_key);
        }
    }

    internal X509Certificate2 Certificate { get; }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    internal X509Certificate2 Issue(string subject, Action<SubjectAlternativeNameBuilder>? names = null, string usage = ForClients, int fromDays = -1, int toDays = 1) =>
        Issue(new X500DistinguishedName(subject), names, usage, fromDays, toDays);

    internal X509Certificate2 Issue(X500DistinguishedName subject, Action<SubjectAlternativeNameBuilder>? names = null, string usage = ForClients, int fromDays = -1, int toDays = 1)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        if (names is not null)
        {
            SubjectAlternativeNameBuilder builder = new();
            names(builder);
            request.CertificateExtensions.Add(builder.Build());
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        byte[] serial = RandomNumberGenerator.GetBytes(9);
        serial[0] &= 0x7F;
        using X509Certificate2 bare = request.Create(Certificate, now.AddDays(fromDays), now.AddDays(toDays), serial);
        using X509Certificate2 whole = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A revocation list as PEM.</summary>
    internal string Revoke(IEnumerable<X509Certificate2> revoked, int fromDays = -1, int toDays = 1)
    {
        CertificateRevocationListBuilder builder = new();
        foreach (X509Certificate2 each in revoked)
        {
            builder.AddEntry(each);
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        byte[] list = builder.Build(Certificate, 1, now.AddDays(toDays), HashAlgorithmName.SHA256, thisUpdate: now.AddDays(fromDays));
        return PemEncoding.WriteString("X509 CRL", list);
    }

    /// <summary>A name of parts whose values hold whatever they like.</summary>
    internal static X500DistinguishedName Name(params ReadOnlySpan<(string Type, string Value)> parts)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach ((string type, string value) in parts)
            {
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(type);
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }
}
