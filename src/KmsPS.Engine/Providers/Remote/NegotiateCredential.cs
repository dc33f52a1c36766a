using System.Net;
using System.Net.Security;
using System.Security.Principal;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>
/// Kerberos over SPNEGO: with the tickets of the process, which <c>kinit</c> or a keytab in <c>KRB5_CLIENT_KTNAME</c> provides, or with a
/// password, which buys tickets that this object's sign-ins alone see.
/// </summary>
/// <param name="principal">The server's principal without its realm, which the Kerberos library finds; <see langword="null"/> for <c>HTTP/host</c>.</param>
/// <param name="password">A principal with its password, the realm as the domain (the library's default realm without one); <see langword="null"/> for the tickets at hand.</param>
public sealed class NegotiateCredential(string? principal = null, NetworkCredential? password = null) : IClientCredential
{
    /// <inheritdoc/>
    public string Name => "kerberos";

    /// <inheritdoc/>
    public bool CanBeRepeated => true;

    /// <inheritdoc/>
    public string? Query => null;

    /// <inheritdoc/>
    public ISignIn Begin(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        string target = principal ?? "HTTP/" + server.IdnHost;
        NegotiateAuthentication context = new(new NegotiateAuthenticationClientOptions
        {
            Package = "Negotiate",
            Credential = password ?? CredentialCache.DefaultNetworkCredentials,
            TargetName = target,
            RequireMutualAuthentication = true,
            AllowedImpersonationLevel = TokenImpersonationLevel.Identification,
        });
        string? token = context.GetOutgoingBlob((string?)null, out NegotiateAuthenticationStatusCode status);
        if (token is not null && status is NegotiateAuthenticationStatusCode.Completed or NegotiateAuthenticationStatusCode.ContinueNeeded)
        {
            return new Spnego(context, token!, target);
        }

        context.Dispose();
        throw new KmsException(
            ErrorKind.AuthenticationFailed,
            password is null ? $"No Kerberos ticket for {target} could be had ({status})" : $"No Kerberos ticket for {target} could be had with the password of {password.UserName} ({status})",
            password is null
                ? "Run kinit (klist shows the tickets), and check that the host name is the one in the server's principal."
                : "Check the name, its realm and the password, that the KDC answers, and that the host name is the one in the server's principal.") { Subject = target };
    }

    private sealed class Spnego(NegotiateAuthentication context, string token, string target) : ISignIn
    {
        public string? Header => "Authorization";

        public string? Value { get; } = "Negotiate " + token;

        public void Finish(string? challenge)
        {
            // A server that proves nothing is as bad as one that fails to: anybody can answer 200.
            NegotiateAuthenticationStatusCode status = NegotiateAuthenticationStatusCode.ContinueNeeded;
            if (!string.IsNullOrEmpty(challenge))
            {
                context.GetOutgoingBlob(challenge, out status);
            }

            if (status != NegotiateAuthenticationStatusCode.Completed)
            {
                throw new KmsException(ErrorKind.AuthenticationFailed, $"The server did not prove that it is {target} ({status})", "Is the host name right, and its keytab current?") { Subject = target };
            }
        }

        public void Dispose() => context.Dispose();
    }
}
