using System.Net;
using System.Net.Sockets;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// The names that a server answers to: <c>hadoop.kms.authentication.kerberos.principal</c>. <c>*</c> stands for every <c>HTTP/…</c>
/// of the key table, a name without a realm for that name in any realm of it.
/// </summary>
/// <remarks>Ours, beyond a stock server: several names, separated by commas, and <c>_HOST</c> for the name of this machine.</remarks>
internal sealed class ServicePrincipals
{
    private const string Service = "HTTP/";
    private readonly bool _isEvery;

    private ServicePrincipals(IReadOnlyList<string> names)
    {
        Names = names;
        _isEvery = names.Contains("*");
    }

    /// <summary>The names, <c>_HOST</c> replaced.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>Reads the setting.</summary>
    /// <param name="text">The setting.</param>
    /// <param name="hostName">Says how this machine is called; asked only for <c>_HOST</c>.</param>
    /// <exception cref="ConfigurationException">A name is not <c>HTTP/…</c>: no client asks for a ticket for another.</exception>
    internal static ServicePrincipals Parse(string text, Func<string> hostName)
    {
        IReadOnlyList<string> names = [.. JavaText.List(text).Select(name => name.Contains("_HOST", StringComparison.Ordinal) ? name.Replace("_HOST", hostName(), StringComparison.Ordinal) : name)];
        return names.FirstOrDefault(static name => name != "*" && !IsService(name)) is { } other
            ? throw new ConfigurationException($"hadoop.kms.authentication.kerberos.principal names '{other}', and clients ask for {Service}… only", remedy: $"Write {Service}host.name@REALM, {Service}_HOST@REALM, or * for all of the key table.")
            : new ServicePrincipals(names);
    }

    /// <summary>Whether a name is one that a web service has.</summary>
    internal static bool IsService(string principal) => principal.StartsWith(Service, StringComparison.Ordinal);

    /// <summary>How this machine is called in full, in small letters. SOURCE: Hadoop SecurityUtil.getLocalHostName.</summary>
    internal static string MachineName()
    {
        string name = Dns.GetHostName();
        try
        {
            return Dns.GetHostEntry(name).HostName.ToLowerInvariant();
        }
        catch (SocketException)
        {
            // Nobody knows it in full: what the machine calls itself must do.
            return name.ToLowerInvariant();
        }
    }

    /// <summary>Whether tickets for this principal are taken.</summary>
    internal bool Serves(string principal) => IsService(principal) && (_isEvery || Names.Any(name => Fits(name, principal)));

    /// <summary>The first name that a key table has no key for; <see langword="null"/> for none.</summary>
    internal string? FirstMissing(IReadOnlyList<KeytabEntry> entries) => _isEvery && entries.Count > 0
        ? null
        : Names.FirstOrDefault(name => !entries.Any(entry => Fits(name, entry.Principal)));

    private static bool Fits(string name, string principal) => name.Contains('@', StringComparison.Ordinal)
        ? principal == name
        : principal.StartsWith(name, StringComparison.Ordinal) && principal.AsSpan(name.Length).StartsWith("@");
}
