using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Secrets;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A passphrase on its way from the shell to the engine.</summary>
internal static class SecureText
{
    /// <summary>A passphrase that closes something, as UTF-8; the caller disposes it.</summary>
    /// <exception cref="ShellException">It is empty: whoever pressed the return key too early would have closed nothing.</exception>
    internal static SecretBytes Passphrase(SecureString secure) => secure.Length > 0
        ? ToUtf8(secure)
        : throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "The passphrase is empty", "Give one that nobody guesses, from Read-Host -AsSecureString or a vault.");

    /// <summary>The text as UTF-8; the caller disposes it.</summary>
    internal static SecretBytes ToUtf8(SecureString secure)
    {
        char[] text = GC.AllocateUninitializedArray<char>(secure.Length, pinned: true);
        IntPtr plain = Marshal.SecureStringToGlobalAllocUnicode(secure);
        try
        {
            Marshal.Copy(plain, text, 0, text.Length);
            return SecretBytes.Create(Encoding.UTF8.GetByteCount(text), text, static (destination, from) => Encoding.UTF8.GetBytes(from, destination));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(plain);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }
}
