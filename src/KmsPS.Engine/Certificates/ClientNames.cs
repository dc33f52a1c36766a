using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Engine.Certificates;

/// <summary>What a client certificate says of its holder.</summary>
/// <param name="Subject">The subject as RFC 4514 writes it.</param>
/// <param name="CommonNames">The <c>CN</c>s of the subject.</param>
/// <param name="Dns">DNS names of the alternative names.</param>
/// <param name="Emails">Mail addresses of the alternative names.</param>
/// <param name="Uris">URIs of the alternative names.</param>
internal sealed record ClientNames(string Subject, IReadOnlyList<string> CommonNames, IReadOnlyList<string> Dns, IReadOnlyList<string> Emails, IReadOnlyList<string> Uris)
{
    private const string AlternativeNames = "2.5.29.17";

    // SOURCE: RFC 5280 §4.2.1.6.
    private const int MailTag = 1;
    private const int DnsTag = 2;
    private const int UriTag = 6;

    /// <summary>The SPIFFE ID; <see langword="null"/> where there is none, or where the certificate is no SVID.</summary>
    /// <remarks>SOURCE: SPIFFE X.509-SVID §2: exactly one URI; SPIFFE-ID §2: lower-case trust domain, no query, no empty or dotted path segments.</remarks>
    internal string? SpiffeId
    {
        get
        {
            const string Scheme = "spiffe://";
            if (Uris is not [{ } id] || !id.StartsWith(Scheme, StringComparison.Ordinal) || id.Length > 2048)
            {
                return null;
            }

            string[] parts = id[Scheme.Length..].Split('/');
            bool isDomain = parts[0].Length is > 0 and <= 255 && parts[0].All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_');
            bool isPath = parts.Skip(1).All(static part => part.Length > 0 && part is not ("." or "..") && part.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'));
            return isDomain && isPath ? id : null;
        }
    }

    /// <summary>Reads the names of a certificate.</summary>
    /// <exception cref="CryptographicException">They cannot be read.</exception>
    internal static ClientNames Of(X509Certificate2 certificate)
    {
        (string subject, IReadOnlyList<string> common) = DistinguishedName.Read(certificate.SubjectName.RawData);
        List<string> dns = [];
        List<string> mails = [];
        List<string> uris = [];
        foreach (X509Extension extension in certificate.Extensions.Where(static each => each.Oid?.Value == AlternativeNames))
        {
            Read(extension.RawData, dns, mails, uris);
        }

        return new ClientNames(subject, common, dns, mails, uris);
    }

    private static void Read(byte[] encoded, List<string> dns, List<string> mails, List<string> uris)
    {
        try
        {
            AsnReader names = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                Asn1Tag tag = names.PeekTag();
                List<string>? list = tag.TagClass != TagClass.ContextSpecific ? null : tag.TagValue switch
                {
                    MailTag => mails,
                    DnsTag => dns,
                    UriTag => uris,
                    _ => null,
                };
                if (list is null)
                {
                    names.ReadEncodedValue();
                }
                else
                {
                    list.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                }
            }
        }
        catch (AsnContentException broken)
        {
            throw new CryptographicException("The alternative names of the certificate cannot be read.", broken);
        }
    }
}
