using System.Diagnostics.CodeAnalysis;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Decides of every request who asks, in Hadoop's order: cookie, operation on tokens, delegation token, the scheme's own
/// credentials, then for whom the caller acts.
/// </summary>
/// <remarks>SOURCE: Hadoop AuthenticationFilter.doFilter, DelegationTokenAuthenticationFilter.doFilter.</remarks>
public sealed class SignInDesk
{
    private const string Required = "Authentication required";
    private const int RememberedCookies = 20_000;

    // How long a signature that was checked is not checked again.
    private const long LongestMemory = 60_000;

    private readonly AuthenticationSettings _settings;
    private readonly ISignerSecrets _secrets;
    private readonly IAuthenticator _scheme;
    private readonly DelegationTokenManager _tokens;
    private readonly TokenDesk _tokenDesk;
    private readonly IIdentityDesk _identities;
    private readonly TimeProvider _time;
    private readonly AuthenticationMethod _method;
    private readonly VerifiedCredentials _known = new(RememberedCookies);

    /// <param name="settings">Cookies and lifetimes.</param>
    /// <param name="secrets">What cookies are signed with.</param>
    /// <param name="scheme">How callers without cookie or token prove who they are.</param>
    /// <param name="tokens">Delegation tokens.</param>
    /// <param name="identities">Names, groups, proxies.</param>
    /// <param name="time">The clock.</param>
    internal SignInDesk(AuthenticationSettings settings, ISignerSecrets secrets, IAuthenticator scheme, DelegationTokenManager tokens, IIdentityDesk identities, TimeProvider time)
    {
        _settings = settings;
        _secrets = secrets;
        _scheme = scheme;
        _tokens = tokens;
        _identities = identities;
        _time = CoarseClock.Of(time);
        _method = settings.Kind == AuthenticationKind.Kerberos ? AuthenticationMethod.Kerberos : AuthenticationMethod.Simple;
        _tokenDesk = new TokenDesk(tokens, scheme, identities);
    }

    /// <summary>Whether a page may be shown to nobody in particular, where such callers are let in: operators' pages that were opened, never keys.</summary>
    public bool MayShowAnybody(string path) =>
        path is "/jmx" or "/kms/jmx" or "/conf" or "/stacks" or "/logLevel" || (_method == AuthenticationMethod.Kerberos && _settings.OpenPaths.Contains(path) && !path.StartsWith("/kms", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an <c>Authorization</c> header begins a handshake that belongs on HTTP/1.1. SOURCE: RFC 4559 §6, RFC 9113 §7 (HTTP_1_1_REQUIRED).</summary>
    public bool IsHandshake(string? authorization) => _method == AuthenticationMethod.Kerberos && authorization?.StartsWith("Negotiate", StringComparison.Ordinal) == true;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// The caller of a cookie that was verified a moment ago, where nothing else of the request matters. No allocation, no lock.
    /// </summary>
    public bool TryAdmit(ReadOnlySpan<char> cookie, in SignInParameters parameters, [NotNullWhen(true)] out Caller? caller)
    {
        caller = IsPlain(parameters) && _known.TryFind(cookie, out VerifiedCredential? known) && Holds(known) ? known.Caller : null;
        return caller is not null;
    }

    /// <summary>The same for a <c>Cookie</c> header as it came.</summary>
    /// <param name="header">The header.</param>
    /// <param name="last">What the connection sent before.</param>
    /// <param name="parameters">What else the request says of who asks.</param>
    /// <param name="caller">The caller.</param>
    public bool TryAdmit(string header, LastCookie last, in SignInParameters parameters, [NotNullWhen(true)] out Caller? caller)
    {
        caller = null;
        if (!IsPlain(parameters))
        {
            return false;
        }

        if (last.Find(header) is { } same && Holds(same))
        {
            caller = same.Caller;
            return true;
        }

        if (!SignInCookie.TryFind(header, out ReadOnlySpan<char> cookie) || !_known.TryFind(cookie, out VerifiedCredential? known) || !Holds(known))
        {
            return false;
        }

        last.Remember(header, known);
        caller = known.Caller;
        return true;
    }

    private bool IsPlain(in SignInParameters parameters) => parameters.DoAs is null && parameters.Operation is null && _settings.MaxInactive is null;

    private bool Holds(VerifiedCredential known) => known.GoodUntil >= Now && known.Secrets == _secrets.Current && _identities.IsCurrent(known.Caller);

    /// <summary>Whether who signed in by a certificate a moment ago may go on without any other credentials: two reads.</summary>
    public bool IsCurrent(Caller caller) => _identities.IsCurrent(caller);

    /// <summary>Finds out who asks.</summary>
    /// <exception cref="KmsException">It cannot be found out now: the groups of somebody are not known. Nobody is let in without them.</exception>
    /// <param name="credentials">What the request says.</param>
    /// <param name="cookies">How cookies are written on this connection.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<SignInResult> AdmitAsync(Credentials credentials, SignInCookie cookies, CancellationToken cancellationToken)
    {
        string? cookieProblem = null;
        VerifiedCredential? session = null;
        if (credentials.Cookie is { } cookie)
        {
            (session, cookieProblem) = await ReadCookieAsync(cookie, cancellationToken).ConfigureAwait(false);
        }

        if (TokenDesk.OperationOf(credentials) is { } operation)
        {
            return await _tokenDesk.HandleAsync(operation, credentials, session, cookies, cancellationToken).ConfigureAwait(false);
        }

        if (session is not null)
        {
            return await ActAsync(session.Caller, credentials, Refresh(session, cookies), null, cancellationToken).ConfigureAwait(false);
        }

        return (credentials.TokenHeader ?? credentials.Parameters.Delegation) is { } token
            ? await AdmitTokenAsync(token, cancellationToken).ConfigureAwait(false)
            : await AdmitBySchemeAsync(credentials, cookies, cookieProblem, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(VerifiedCredential? Session, string? Problem)> ReadCookieAsync(string cookie, CancellationToken cancellationToken)
    {
        long now = Now;
        SignerSecretSet secrets = _secrets.Current;
        if (_known.TryFind(cookie, out VerifiedCredential? known) && known.GoodUntil >= now && known.Secrets == secrets && _identities.IsCurrent(known.Caller))
        {
            return (known, null);
        }

        if (cookie.Length == 0)
        {
            return (null, "Unauthorized access");
        }

        if (Open(cookie, secrets, now, out CookieContent? content) is { } problem)
        {
            return (null, problem);
        }

        Caller caller;
        try
        {
            caller = await _identities.CallerOfAsync(content!.Principal, SchemeOf(content.Type)!.Method, null, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException refused) when (refused is { Kind: ErrorKind.AuthenticationFailed, IsTransient: false })
        {
            return (null, refused.Message);
        }

        VerifiedCredential session = new(caller, content.User, End(content, now), secrets, null, content);
        _known.Add(cookie, session);
        return (session, null);
    }

    private string? Open(string cookie, SignerSecretSet secrets, long now, out CookieContent? content)
    {
        content = null;
        if (SignedCookie.Verify(cookie, secrets, out ReadOnlySpan<char> text) is { } forged)
        {
            return forged;
        }

        if (!CookieContent.TryParse(text, out content, out string? malformed))
        {
            return malformed;
        }

        return SchemeOf(content.Type) is null ? "Invalid AuthenticationToken type"
            : content.IsExpired(now) ? "AuthenticationToken expired"
            : null;
    }

    private SignInScheme? SchemeOf(string cookieType)
    {
        foreach (SignInScheme scheme in _scheme.Schemes)
        {
            if (string.Equals(scheme.CookieType, cookieType, StringComparison.Ordinal))
            {
                return scheme;
            }
        }

        return null;
    }

    private static long End(CookieContent content, long now)
    {
        long end = now + LongestMemory;
        end = content.Expires == -1 ? end : Math.Min(end, content.Expires);
        return content.InactiveAfter == -1 ? end : Math.Min(end, content.InactiveAfter);
    }

    // With an inactivity limit every use of a cookie is answered with a fresh one, whose own end stays.
    private string? Refresh(VerifiedCredential session, SignInCookie cookies) =>
        _settings is { MaxInactive: { } limit, IsCookiePersistent: false } && session.Content is { } content
            ? cookies.Issue(SignedCookie.Sign((content with { InactiveAfter = Now + (long)limit.TotalMilliseconds }).Format(), _secrets.Current.Signing), content.Expires)
            : null;

    private async ValueTask<SignInResult> AdmitTokenAsync(string text, CancellationToken cancellationToken)
    {
        if (_known.TryFind(text, out VerifiedCredential? known) && known.Token is { } record && known.GoodUntil >= Now && DelegationTokenManager.IsAlive(record, Now) && _identities.IsCurrent(known.Caller))
        {
            return new SignInResult(known.Caller);
        }

        try
        {
            TokenRecord verified = await _tokens.VerifyAsync(DelegationToken.Decode(text), cancellationToken).ConfigureAwait(false);
            (string owner, string real) = (verified.Identifier.Owner, verified.Identifier.RealUser);
            Caller? realCaller = real.Length == 0 || real == owner ? null : await _identities.CallerOfAsync(real, AuthenticationMethod.Token, null, cancellationToken).ConfigureAwait(false);
            Caller caller = await _identities.CallerOfAsync(owner, AuthenticationMethod.Token, realCaller, cancellationToken).ConfigureAwait(false);
            _known.Add(text, new VerifiedCredential(caller, owner, Now + LongestMemory, null, verified, null));
            return new SignInResult(caller);
        }
        catch (KmsException refused) when (refused is { Kind: ErrorKind.AuthenticationFailed, IsTransient: false })
        {
            return new SignInResult(null, new SignInAnswer(403, AnswerForm.Envelope, Failure: refused, AuditText: refused.Message));
        }
    }

    private async ValueTask<SignInResult> AdmitBySchemeAsync(Credentials credentials, SignInCookie cookies, string? cookieProblem, CancellationToken cancellationToken)
    {
        AuthenticationOutcome outcome = await _scheme.AuthenticateAsync(credentials, cancellationToken).ConfigureAwait(false);
        if (outcome.IsAnonymous)
        {
            return new SignInResult(Anonymous);
        }

        if (outcome.Failure is { } failure)
        {
            return new SignInResult(null, SignInAnswer.Failed(failure), null, outcome.Challenge);
        }

        if (outcome.Principal is not { } principal)
        {
            string reason = outcome.Problem ?? cookieProblem ?? Required;
            return new SignInResult(null, new SignInAnswer(outcome.Problem is null ? 401 : 403, AnswerForm.Page, reason, AuditText: outcome.Problem is null || _method == AuthenticationMethod.Kerberos ? reason : null), cookies.Clear(), outcome.Challenge);
        }

        Caller caller;
        SignInScheme scheme = outcome.Scheme ?? _scheme.Schemes[0];
        try
        {
            caller = await _identities.CallerOfAsync(principal, scheme.Method, null, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException refused) when (refused is { Kind: ErrorKind.AuthenticationFailed, IsTransient: false })
        {
            return new SignInResult(null, new SignInAnswer(403, AnswerForm.Page, refused.Message), cookies.Clear(), outcome.Challenge);
        }


        // A cookie never outlives the certificate it was got with.
        long end = scheme.Method == AuthenticationMethod.Certificate ? credentials.Certificate!.GoodUntil : long.MaxValue;
        long expires = Math.Min(Now + (long)_settings.TokenValidity.TotalMilliseconds, end);
        string text = new CookieContent(outcome.User ?? principal, principal, scheme.CookieType, expires).Format();
        string? cookie = cookies.Issue(SignedCookie.Sign(text, _secrets.Current.Signing), expires);
        return await ActAsync(caller, credentials, cookie, outcome.Challenge, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nobody in particular, where the configuration lets such callers in. No list names this one, and no key is for it.</summary>
    public static Caller Anonymous { get; } = new("", "", AuthenticationMethod.Simple, NameSet.Empty);

    // The cookie is on the answer already when the proxy is judged: a refused doAs brings one all the same.
    private async ValueTask<SignInResult> ActAsync(Caller caller, Credentials credentials, string? cookie, string? challenge, CancellationToken cancellationToken)
    {
        if (credentials.Parameters.DoAs is not { } target)
        {
            return new SignInResult(caller, null, cookie, challenge);
        }

        try
        {
            Caller acting = await ProxiedAsync(_identities, target, caller, credentials, caller.FullName, cancellationToken).ConfigureAwait(false);
            return new SignInResult(acting, null, cookie, challenge);
        }
        catch (KmsException refused) when (refused is { Kind: ErrorKind.AccessDenied or ErrorKind.AuthenticationFailed, IsTransient: false })
        {
            return new SignInResult(null, new SignInAnswer(403, AnswerForm.Envelope, Failure: refused), cookie, challenge);
        }
    }

    internal static async ValueTask<Caller> ProxiedAsync(IIdentityDesk identities, string target, Caller real, Credentials credentials, string proxyName, CancellationToken cancellationToken)
    {
        // A stock server answers 500 to an empty name.
        Caller acting = target.Length == 0
            ? throw new KmsException(ErrorKind.AuthenticationFailed, "Null user", "Name the user in doAs, or leave it out.")
            : await identities.CallerOfAsync(target, real.Method, real, cancellationToken).ConfigureAwait(false);
        identities.RequireProxy(acting, credentials.Address, proxyName);
        return acting;
    }
}
