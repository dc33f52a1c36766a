using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// Tells the system's Kerberos library what the shell knows. The library reads the process's own environment, and what
/// <c>$env:KRB5CCNAME = …</c> sets is the runtime's copy of it.
/// </summary>
internal static partial class KerberosEnvironment
{
    private const string Cache = "KRB5CCNAME";
    private const string ClientKeytab = "KRB5_CLIENT_KTNAME";
    private static readonly string[] Names = [Cache, ClientKeytab, "KRB5_CONFIG", "KRB5_TRACE"];

    /// <summary>Hands the variables over, and a key table to sign in with: its first principal then asks, with tickets of its own in memory.</summary>
    /// <param name="keytab">The key table; <see langword="null"/> for the tickets that kinit made.</param>
    /// <exception cref="ShellException">There is no such key table, or this system has none.</exception>
    internal static void Apply(string? keytab)
    {
        if (OperatingSystem.IsWindows())
        {
            // Windows signs in as whoever is logged in.
            if (keytab is not null)
            {
                throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "-Keytab is not known on Windows, where the tickets of the logged-in user are used", "Leave -Keytab out.");
            }

            return;
        }

        foreach (string name in Names)
        {
            Set(name, Environment.GetEnvironmentVariable(name));
        }

        if (keytab is null)
        {
            return;
        }

        if (!File.Exists(keytab))
        {
            throw new ShellException("RequestInvalid", ErrorCategory.ObjectNotFound, $"There is no key table '{keytab}'", "Make one with ktadd, or leave -Keytab out and run kinit.");
        }

        Set(ClientKeytab, "FILE:" + keytab);
        Set(Cache, $"MEMORY:kmsps-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(keytab)).AsSpan(0, 8))}");
    }

    private static void Set(string name, string? value)
    {
        if ((value is null ? Remove(name) : Put(name, value, 1)) != 0)
        {
            throw new ShellException("Internal", ErrorCategory.ResourceUnavailable, $"The variable {name} cannot be set (errno {Marshal.GetLastPInvokeError()})");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Put(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Remove(string name);
}
