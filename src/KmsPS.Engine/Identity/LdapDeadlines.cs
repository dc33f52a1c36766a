using System.DirectoryServices.Protocols;
using System.Runtime.InteropServices;

namespace KmsPS.Engine.Identity;

/// <summary>
/// Makes connections that give up in time. .NET hands OpenLDAP's library a deadline for searches alone: a server that accepts a
/// connection and then says nothing would hold a bind for ever. The library copies its general options into every
/// connection that is made, so they are set there.
/// </summary>
/// <remarks>SOURCE: OpenLDAP ldap_set_option(3), LDAP_OPT_TIMEOUT and LDAP_OPT_NETWORK_TIMEOUT, ldap.h. On Windows the library has deadlines of its own.</remarks>
internal static class LdapDeadlines
{
    private const int Timeout = 0x5002;
    private const int NetworkTimeout = 0x5005;

    // The names under which .NET looks for the library, in its order: the two must be the same one.
    private static readonly string[] Libraries = ["libldap.so.2", "libldap-2.6.so.0", "libldap-2.5.so.0", "libldap-2.4.so.2", "libldap.dylib"];
    private static readonly OptionSetter? SetOption = Find();

    // The options are the whole process's: no other connection may be made between setting them and making ours.
    private static readonly Lock Turn = new();

    /// <summary>Makes a connection, which is opened later.</summary>
    /// <param name="server">The server.</param>
    /// <param name="deadline">For connecting and for the bind, each.</param>
    /// <param name="isEncrypted">Whether there will be a TLS handshake: with a deadline for the network GnuTLS, which Debian's library is built with, spins for ever on a server that says nothing. <see cref="TlsProbe"/> keeps such servers away.</param>
    internal static LdapConnection Connect(LdapDirectoryIdentifier server, TimeSpan deadline, bool isEncrypted)
    {
        if (SetOption is null)
        {
            return new LdapConnection(server);
        }

        TimeValue value = new((nint)(deadline.Ticks / TimeSpan.TicksPerSecond), (nint)(deadline.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        lock (Turn)
        {
            _ = SetOption(0, Timeout, value);
            TimeValue network = isEncrypted ? new(-1, 0) : value;
            _ = SetOption(0, NetworkTimeout, network);
            return new LdapConnection(server);
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int OptionSetter(nint connection, int option, in TimeValue value);

    private static OptionSetter? Find()
    {
        if (!OperatingSystem.IsWindows())
        {
            foreach (string name in Libraries)
            {
                if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "ldap_set_option", out nint found))
                {
                    return Marshal.GetDelegateForFunctionPointer<OptionSetter>(found);
                }
            }
        }

        return null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeValue(nint Seconds, nint Microseconds);
}
