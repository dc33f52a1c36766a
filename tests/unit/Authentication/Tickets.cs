using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;

namespace KmsPS.Tests.Authentication;

/// <summary>
/// Kerberos as a client in this process. The library reads the process's environment, which the runtime keeps a copy of and does not
/// write to, so it is set once, to a ticket cache that is copied to and from.
/// </summary>
internal sealed partial class Tickets : IDisposable
{
    private readonly Lock _turn = new();
    private readonly string _current;

    internal Tickets(MitKdc kdc)
    {
        _current = kdc.File("current");
        foreach ((string name, string value) in kdc.Environment.Append(("KRB5CCNAME", "FILE:" + _current)))
        {
            Assert.Equal(0, SetVariable(name, value, 1));
        }
    }

    /// <summary>A first token for a service, with the tickets of a cache; a ticket that is fetched for it is kept there.</summary>
    internal string TokenFor(string service, string cache, bool isMutual = true, string package = "Negotiate") => With(cache, () =>
    {
        using NegotiateAuthentication client = new(new NegotiateAuthenticationClientOptions
        {
            Package = package,
            Credential = CredentialCache.DefaultNetworkCredentials,
            TargetName = service.Split('@')[0], // The library finds the realm.
            RequireMutualAuthentication = isMutual,
        });
        string? token = client.GetOutgoingBlob("", out NegotiateAuthenticationStatusCode status);
        Assert.True(token is not null, $"No token for {service}: {status}");
        return token;
    });

    /// <summary>Does something with a cache in use.</summary>
    internal T With<T>(string cache, Func<T> action)
    {
        lock (_turn)
        {
            File.Copy(cache, _current, overwrite: true);
            T result = action();
            File.Copy(_current, cache, overwrite: true);
            return result;
        }
    }

    /// <summary>Puts a cache into use for whatever this process does next.</summary>
    internal void Use(string cache) => File.Copy(cache, _current, overwrite: true);

    /// <summary>Leaves this process without tickets.</summary>
    internal void Forget() => File.Delete(_current);

    public void Dispose() => Assert.All(["KRB5CCNAME", "KRB5_CONFIG"], static name => Assert.Equal(0, UnsetVariable(name)));

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnsetVariable(string name);
}
