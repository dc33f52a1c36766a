using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS;

/// <summary>
/// Key material given to a cmdlet: a <c>byte[]</c>, or a <see cref="SecureString"/> with Base64 text. PowerShell makes one from either
/// by itself, and never from a plain string.
/// </summary>
public sealed class KmsMaterial
{
    private readonly SecretBytes _bytes;

    /// <summary>Copies the bytes; the caller still owns, and should clear, what it gave.</summary>
    public KmsMaterial(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        _bytes = SecretBytes.CopyOf(bytes);
    }

    /// <summary>Reads Base64 text, standard or URL-safe, with or without padding.</summary>
    /// <exception cref="PSArgumentException">The text is no Base64.</exception>
    public KmsMaterial(SecureString base64)
    {
        ArgumentNullException.ThrowIfNull(base64);
        _bytes = FromBase64(base64);
    }

    /// <summary>Number of bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>A handle on the bytes, disposed by the one who takes it.</summary>
    internal SecretBytes Take() => _bytes.Share();

    /// <summary>The length and nothing else.</summary>
    public override string ToString() => $"KmsMaterial({Length} bytes)";

    /// <summary>Puts a secret into a <see cref="SecureString"/> as Base64 text.</summary>
    internal static SecureString ToSecureString(SecretBytes secret)
    {
        using SecretLease lease = secret.Open();
        char[] text = GC.AllocateUninitializedArray<char>((lease.Span.Length + 2) / 3 * 4, pinned: true);
        try
        {
            _ = Convert.TryToBase64Chars(lease.Span, text, out int length);
            SecureString secure = new();
            foreach (char c in text.AsSpan(0, length))
            {
                secure.AppendChar(c);
            }

            secure.MakeReadOnly();
            return secure;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    private static SecretBytes FromBase64(SecureString secure)
    {
        char[] text = GC.AllocateUninitializedArray<char>(secure.Length + 3, pinned: true);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(text.Length, pinned: true);
        IntPtr plain = Marshal.SecureStringToGlobalAllocUnicode(secure);
        try
        {
            Marshal.Copy(plain, text, 0, secure.Length);
            Span<char> used = text.AsSpan(0, secure.Length);
            used.Replace('-', '+');
            used.Replace('_', '/');
            int padded = (secure.Length + 3) / 4 * 4;
            text.AsSpan(secure.Length, padded - secure.Length).Fill('=');
            return Convert.TryFromBase64Chars(text.AsSpan(0, padded), bytes, out int length)
                ? SecretBytes.CopyOf(bytes.AsSpan(0, length))
                : throw new PSArgumentException("The SecureString holds no Base64 text. Give the material as Base64 in a SecureString, or as a byte[].");
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(plain);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text.AsSpan()));
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
