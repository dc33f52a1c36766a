using System.Net;
using System.Net.Security;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Kerberos by SPNEGO, over the system's GSSAPI. One token in, one token out: a client that needs a second round has no ticket for
/// this server.
/// </summary>
/// <remarks>SOURCE: Hadoop KerberosAuthenticationHandler.authenticate; RFC 4559; recorded/auth/kerberos, kerberos-spnego.</remarks>
/// <param name="settings">The paths that ask nobody's name.</param>
/// <param name="served">The server's own principals.</param>
/// <param name="keys">Their keys.</param>
/// <param name="identities">Turns principals into short names.</param>
internal sealed class SpnegoAuthenticator(AuthenticationSettings settings, ServicePrincipals served, AcceptorKeys keys, IIdentityDesk identities) : IAuthenticator
{
    private const string Scheme = "Negotiate";

    /// <inheritdoc/>
    public IReadOnlyList<SignInScheme> Schemes { get; } = [new(settings.CookieType, AuthenticationMethod.Kerberos)];

    /// <inheritdoc/>
    public ValueTask<AuthenticationOutcome> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        if (credentials.Path is { } path && settings.OpenPaths.Contains(path))
        {
            return new(new AuthenticationOutcome(null, IsAnonymous: true));
        }

        // The scheme's case counts and it is only a prefix, as in a stock server.
        return new(credentials.Authorization is { } header && header.StartsWith(Scheme, StringComparison.Ordinal)
            ? Accept(Decode(header.AsSpan(Scheme.Length)))
            : new AuthenticationOutcome(null, Challenge: Scheme));
    }

    private AuthenticationOutcome Accept(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return Refuse("The Negotiate header holds no token");
        }

        if (!SpnegoToken.TryRead(bytes, out SpnegoToken? token, out string problem))
        {
            return Refuse(problem);
        }

        if (!ServicePrincipals.IsService(token!.Service))
        {
            return Refuse($"Invalid server principal {token.Service} decoded from client request");
        }

        if (!served.Serves(token.Service))
        {
            return Refuse($"This server does not answer to {token.Service}");
        }

        keys.Refresh();
        using NegotiateAuthentication context = new(new NegotiateAuthenticationServerOptions { Package = Scheme, Credential = CredentialCache.DefaultNetworkCredentials });
        byte[]? answer = context.GetOutgoingBlob(bytes, out NegotiateAuthenticationStatusCode status);
        string? challenge = answer is { Length: > 0 } ? $"{Scheme} {Convert.ToBase64String(answer)}" : null;
        return status switch
        {
            NegotiateAuthenticationStatusCode.Completed => Signed(context.RemoteIdentity.Name!, challenge),

            // NTLM before Kerberos in the client's list: it is told what is spoken here.
            NegotiateAuthenticationStatusCode.ContinueNeeded => new AuthenticationOutcome(null, Challenge: challenge ?? Scheme),
            _ => Refuse(Explain(token, status)),
        };
    }

    private AuthenticationOutcome Signed(string principal, string? challenge)
    {
        string user;
        try
        {
            user = identities.ShortNameOf(principal);
        }
        catch (NameRuleException unknown)
        {
            return new AuthenticationOutcome(null, Challenge: challenge, Failure: $"{unknown.JavaClass}: {unknown.Message}");
        }

        return user.Length == 0 || user.Contains('&', StringComparison.Ordinal)
            ? Refuse("java.lang.IllegalArgumentException: userName is NULL, empty or contains a '&'")
            : new AuthenticationOutcome(principal, user, challenge);
    }

    // GSSAPI says little through the runtime, but most of what goes wrong can be seen from outside: which key the ticket wants.
    private string Explain(SpnegoToken token, NegotiateAuthenticationStatusCode status)
    {
        KeytabEntry[] own = [.. keys.Entries.Where(key => key.Principal == token.Service)];
        return own.Length == 0 ? $"The key table holds no key for {token.Service}"
            : token.KeyVersion is { } version && !own.Any(key => key.Version == version)
                ? $"The ticket wants key version {version} of {token.Service}, and the key table holds {string.Join(", ", own.Select(static key => key.Version).Distinct().Order())}: it is older than the ticket, or the other way round"
            : !own.Any(key => key.Encryption == token.Encryption)
                ? $"The ticket wants a key of encryption type {token.Encryption} of {token.Service}, and the key table holds {string.Join(", ", own.Select(static key => key.Encryption).Distinct().Order())}"
            : status == NegotiateAuthenticationStatusCode.GenericFailure
                ? "The ticket is refused: it has ended, the clocks differ too much, the token was sent before, or it was changed"
            : $"The ticket is refused ({status})";
    }

    private static AuthenticationOutcome Refuse(string problem) => new(null, Problem: problem);

    // SOURCE: recorded scheme-comma, bad-url-safe: letters of another alphabet are passed over, and both alphabets are read.
    private static byte[] Decode(ReadOnlySpan<char> text)
    {
        char[] letters = new char[text.Length];
        int count = 0;
        foreach (char c in text)
        {
            if (c == '=')
            {
                break;
            }

            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_')
            {
                letters[count++] = c switch { '-' => '+', '_' => '/', _ => c };
            }
        }

        // A single letter at the end holds no whole byte.
        string whole = new(letters, 0, count % 4 == 1 ? count - 1 : count);
        return Convert.FromBase64String(whole.PadRight((whole.Length + 3) / 4 * 4, '='));
    }
}
