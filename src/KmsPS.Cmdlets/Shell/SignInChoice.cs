using System.Management.Automation;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Providers.Remote;

namespace KmsPS.Cmdlets.Shell;

/// <summary>How a connection signs in to its server.</summary>
/// <param name="Method">In a word: <c>simple</c>, <c>kerberos</c>, <c>certificate</c> or <c>token</c>.</param>
/// <param name="User">Who it is, as far as this side knows.</param>
/// <param name="Credential">What is sent.</param>
internal sealed record SignInChoice(string Method, string User, IClientCredential Credential)
{
    /// <summary>Who somebody is whom a ticket names.</summary>
    internal const string ByTicket = "(Kerberos)";

    /// <summary>Who somebody is whom a token from a file names.</summary>
    private const string ByToken = "(token)";

    /// <summary>Refuses what does not go together, before anybody is asked.</summary>
    /// <exception cref="ShellException"><c>RequestInvalid</c>.</exception>
    internal static void Check(ConnectRequest request)
    {
        string[] proofs = [.. Proofs(request)];
        if (proofs.Length > 1)
        {
            throw Invalid($"{string.Join(" and ", proofs)} each say who asks", "Give one of them.");
        }

        if (request is { Keytab: not null, UseKerberos: false })
        {
            throw Invalid("-Keytab belongs to -UseKerberos", "Add -UseKerberos, or leave -Keytab out.");
        }

        if (request is { Keytab: not null, Credential: not null })
        {
            throw Invalid("-Keytab and -Credential each bring a Kerberos ticket", "Give one of them.");
        }

        if (request is { Token: not null, AsUser: not null })
        {
            throw Invalid("A delegation token stands for one user already, and -AsUser names another", "Ask for the token with Connect-KmsProvider -AsUser, or leave -AsUser out.");
        }
    }

    /// <summary>Chooses by what was given, and for a name with a password by what the server asks for.</summary>
    /// <param name="request">A checked request.</param>
    /// <param name="usual">What the environment says, where the request says nothing.</param>
    /// <param name="wantsTicket">Asks the server, without any credential, whether it wants a Kerberos ticket.</param>
    internal static async ValueTask<SignInChoice> OfAsync(ConnectRequest request, IClientCredential usual, Func<ValueTask<bool>> wantsTicket)
    {
        if (request.Token is { } token)
        {
            return new SignInChoice("token", token.Owner, new TokenCredential(token.Reveal()));
        }

        if (request.Credential is { } credential)
        {
            NetworkCredential password = credential.GetNetworkCredential();
            if (request.UseKerberos || await wantsTicket().ConfigureAwait(false))
            {
                KerberosEnvironment.Apply(null);
                return new SignInChoice("kerberos", credential.UserName, new NegotiateCredential(password: password));
            }

            return new SignInChoice("simple", password.UserName, new SimpleCredential(password.UserName));
        }

        if (request.UseKerberos)
        {
            KerberosEnvironment.Apply(request.Keytab);
            return new SignInChoice("kerberos", ByTicket, new NegotiateCredential());
        }

        return request.User is { } user ? new SignInChoice("simple", user, new SimpleCredential(user))
            : request.Certificate is { } shown ? new SignInChoice("certificate", $"({shown.Leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false)})", new CertificateCredential())
            : new SignInChoice(usual.Name, Who(usual), usual);
    }

    // Who asks where neither a parameter nor this account says it, but a file or HADOOP_USER_NAME.
    private static string Who(IClientCredential usual) => usual switch
    {
        SimpleCredential simple => simple.User,
        TokenCredential => ByToken,
        _ => ByTicket,
    };

    private static IEnumerable<string> Proofs(ConnectRequest request)
    {
        if (request.User is not null)
        {
            yield return "-User";
        }

        if (request.Token is not null)
        {
            yield return "-DelegationToken";
        }

        if (request.Credential is not null)
        {
            yield return "-Credential";
        }
        else if (request.UseKerberos)
        {
            yield return "-UseKerberos";
        }
    }

    private static ShellException Invalid(string message, string remedy) => new("RequestInvalid", ErrorCategory.InvalidArgument, message, remedy);
}
