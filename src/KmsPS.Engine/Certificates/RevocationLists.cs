using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Certificates;

/// <summary>Certificate revocation lists of one file, PEM or DER: the runtime itself would look for them on the network alone.</summary>
public sealed class RevocationLists
{
    private const int MaxLength = 64 * 1024 * 1024;

    private readonly IReadOnlyList<RevocationList> _lists;

    private RevocationLists(IReadOnlyList<RevocationList> lists) => _lists = lists;

    /// <summary>Reads a file of lists.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or holds no list.</exception>
    public static RevocationLists Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            byte[] content = file.Length <= MaxLength ? File.ReadAllBytes(path) : throw Bad(path, "it is larger than 64 MiB");
            List<RevocationList> lists = [];
            if (content.AsSpan().IndexOf("-----BEGIN "u8) < 0)
            {
                lists.Add(RevocationList.Parse(content));
            }
            else
            {
                string text = Encoding.ASCII.GetString(content);
                for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
                {
                    if (rest[fields.Label] is "X509 CRL")
                    {
                        lists.Add(RevocationList.Parse(Convert.FromBase64String(rest[fields.Base64Data].ToString())));
                    }
                }
            }

            return lists.Count > 0 ? new RevocationLists(lists) : throw Bad(path, "there is none in it");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or AsnContentException or CryptographicException or FormatException)
        {
            throw Bad(path, failure.Message.TrimEnd('.'), failure);
        }
    }

    /// <summary>Why a certificate must not be believed; <see langword="null"/> where its issuer's list is in force and does not name it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="issuer">Who issued it.</param>
    /// <param name="now">The time.</param>
    /// <remarks>As with OpenSSL's <c>crl_check</c>, an issuer without a list in force makes its certificates worthless: silence must not pass for consent.</remarks>
    public string? Objection(X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(issuer);
        string? objection = "its issuer has no revocation list here";
        foreach (RevocationList list in _lists.Where(each => each.IsOf(issuer)))
        {
            if (list.Names(certificate))
            {
                return "it was revoked";
            }

            objection = objection is null || list.IsInForce(now) ? null : "the revocation list of its issuer has ended";
        }

        return objection;
    }

    private static ConfigurationException Bad(string path, string problem, Exception? inner = null) =>
        new($"The revocation lists cannot be used: {problem}", path, remedy: "It must be certificate revocation lists as PEM, or one as DER; see kmsps.tls.client.crl.", inner: inner);
}
