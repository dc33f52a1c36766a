using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Signs and verifies the text of the <c>hadoop.auth</c> cookie: text, <c>&amp;s=</c>, Base64 of HMAC-SHA256 over the text as
/// UTF-8. SOURCE: Hadoop Signer.sign, Signer.verifyAndExtract (3.2 and later).
/// </summary>
internal static class SignedCookie
{
    private const string Separator = "&s=";

    // Base64 of 32 bytes.
    private const int SignatureLength = 44;

    /// <summary>The text with its signature.</summary>
    public static string Sign(string text, SecretBytes secret)
    {
        Span<char> signature = stackalloc char[SignatureLength];
        Compute(text, secret, signature);
        return string.Concat(text, Separator, signature);
    }

    /// <summary>Takes the text out of a signed one, if its signature is of one of the accepted secrets.</summary>
    /// <param name="signed">As it came back.</param>
    /// <param name="secrets">What is accepted now.</param>
    /// <param name="text">The text before the last <c>&amp;s=</c>.</param>
    /// <returns><see langword="null"/> for a good one, else Hadoop's text for what is wrong.</returns>
    public static string? Verify(ReadOnlySpan<char> signed, SignerSecretSet secrets, out ReadOnlySpan<char> text)
    {
        int at = signed.LastIndexOf(Separator);
        if (at < 0)
        {
            text = default;
            return $"org.apache.hadoop.security.authentication.util.SignerException: Invalid signed text: {signed}";
        }

        text = signed[..at];
        ReadOnlySpan<char> given = signed[(at + Separator.Length)..];
        bool good = false;
        Span<char> expected = stackalloc char[SignatureLength];
        foreach (SecretBytes secret in secrets.Accepted)
        {
            Compute(text, secret, expected);
            good |= CryptographicOperations.FixedTimeEquals(
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(given),
                System.Runtime.InteropServices.MemoryMarshal.AsBytes((ReadOnlySpan<char>)expected));
        }

        return good ? null : "org.apache.hadoop.security.authentication.util.SignerException: Invalid signature";
    }

    private static void Compute(ReadOnlySpan<char> text, SecretBytes secret, Span<char> signature)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            int length = Encoding.UTF8.GetBytes(text, rented);
            Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
            using (SecretLease key = secret.Open())
            {
                HMACSHA256.HashData(key.Span, rented.AsSpan(0, length), mac);
            }

            Convert.TryToBase64Chars(mac, signature, out _);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
