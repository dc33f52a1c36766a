using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Engine.Certificates;

/// <summary>One revocation list. SOURCE: RFC 5280 §5.1. Delta lists and lists for parts of an issuer's certificates are refused by their critical extensions.</summary>
internal sealed class RevocationList
{
    private const string AuthorityKey = "2.5.29.35";

    private readonly byte[] _signed;
    private readonly byte[] _issuer;
    private readonly string _algorithm;
    private readonly byte[] _signature;
    private readonly DateTimeOffset _begins;
    private readonly DateTimeOffset? _ends;
    private readonly HashSet<string> _serials;

    private RevocationList(byte[] signed, byte[] issuer, string algorithm, byte[] signature, DateTimeOffset begins, DateTimeOffset? ends, HashSet<string> serials)
    {
        (_signed, _issuer, _algorithm, _signature) = (signed, issuer, algorithm, signature);
        (_begins, _ends, _serials) = (begins, ends, serials);
    }

    /// <summary>Reads the DER form.</summary>
    /// <exception cref="AsnContentException">It is no such list.</exception>
    /// <exception cref="CryptographicException">It is one for only a part of the certificates.</exception>
    internal static RevocationList Parse(byte[] encoded)
    {
        AsnReader whole = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        byte[] signed = whole.PeekEncodedValue().ToArray();
        AsnReader list = whole.ReadSequence();
        string algorithm = whole.ReadSequence().ReadObjectIdentifier();
        byte[] signature = whole.ReadBitString(out _);

        if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
        {
            list.ReadInteger();
        }

        list.ReadSequence();
        byte[] issuer = list.ReadEncodedValue().ToArray();
        DateTimeOffset begins = Time(list);
        DateTimeOffset? ends = list.HasData && IsTime(list) ? Time(list) : null;
        HashSet<string> serials = list.HasData && list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? Serials(list.ReadSequence()) : [];
        RequireWhole(list);
        return new RevocationList(signed, issuer, algorithm, signature, begins, ends, serials);
    }

    /// <summary>Whether it is signed by <paramref name="issuer"/>.</summary>
    internal bool IsOf(X509Certificate2 issuer) => issuer.SubjectName.RawData.AsSpan().SequenceEqual(_issuer) && IsSignedBy(issuer);

    /// <summary>Whether it counts now.</summary>
    internal bool IsInForce(DateTimeOffset now) => _begins <= now && (_ends is not { } end || now < end);

    /// <summary>Whether it names a certificate of its issuer.</summary>
    internal bool Names(X509Certificate2 certificate) => _serials.Contains(Convert.ToHexString(certificate.SerialNumberBytes.Span));

    private static HashSet<string> Serials(AsnReader entries)
    {
        HashSet<string> serials = new(StringComparer.Ordinal);
        while (entries.HasData)
        {
            serials.Add(Convert.ToHexString(entries.ReadSequence().ReadIntegerBytes().Span));
        }

        return serials;
    }

    // A critical extension narrows what the list speaks of, and nobody may pass because of a list that does not speak of him.
    private static void RequireWhole(AsnReader list)
    {
        if (!list.HasData)
        {
            return;
        }

        AsnReader extensions = list.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string kind = extension.ReadObjectIdentifier();
            if (kind != AuthorityKey && extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                throw new CryptographicException($"A list with the critical extension {kind} speaks of a part of the certificates only.");
            }
        }
    }

    private static bool IsTime(AsnReader list) => list.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) || list.PeekTag().HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset Time(AsnReader list) => list.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? list.ReadUtcTime() : list.ReadGeneralizedTime();

    // SOURCE: RFC 4055, RFC 5758. SHA-1 and the other old ones are not believed.
    private bool IsSignedBy(X509Certificate2 issuer)
    {
        using RSA? rsa = issuer.GetRSAPublicKey();
        using ECDsa? curve = issuer.GetECDsaPublicKey();
        return _algorithm switch
        {
            "1.2.840.113549.1.1.11" => IsRsa(HashAlgorithmName.SHA256),
            "1.2.840.113549.1.1.12" => IsRsa(HashAlgorithmName.SHA384),
            "1.2.840.113549.1.1.13" => IsRsa(HashAlgorithmName.SHA512),
            "1.2.840.10045.4.3.2" => IsCurve(HashAlgorithmName.SHA256),
            "1.2.840.10045.4.3.3" => IsCurve(HashAlgorithmName.SHA384),
            "1.2.840.10045.4.3.4" => IsCurve(HashAlgorithmName.SHA512),
            _ => false,
        };

        bool IsRsa(HashAlgorithmName hash) => rsa is not null && rsa.VerifyData(_signed, _signature, hash, RSASignaturePadding.Pkcs1);

        bool IsCurve(HashAlgorithmName hash) => curve is not null && curve.VerifyData(_signed, _signature, hash, DSASignatureFormat.Rfc3279DerSequence);
    }
}
