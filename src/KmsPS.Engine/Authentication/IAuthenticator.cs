using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>A way to prove who one is, other than by a cookie or a delegation token.</summary>
internal interface IAuthenticator
{
    /// <summary>The schemes whose cookies are good here; the first is the one that is configured.</summary>
    IReadOnlyList<SignInScheme> Schemes { get; }

    /// <summary>Looks at the credentials of one request.</summary>
    ValueTask<AuthenticationOutcome> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken);
}

/// <summary>A scheme.</summary>
/// <param name="CookieType">What its cookies name as their type, such as <c>kerberos-dt</c>.</param>
/// <param name="Method">How callers prove who they are.</param>
internal sealed record SignInScheme(string CookieType, AuthenticationMethod Method);

/// <summary>What an authenticator found.</summary>
/// <param name="Principal">Who it is, in full; <see langword="null"/> for nobody yet.</param>
/// <param name="User">The name that token operations know the caller by; with <see cref="Principal"/>.</param>
/// <param name="Challenge">The <c>WWW-Authenticate</c> header of the answer.</param>
/// <param name="Problem">Why the credentials were refused: the answer is 403 with this reason.</param>
/// <param name="IsAnonymous">Whether nobody needs to be known.</param>
/// <param name="Failure">Why good credentials are of no use here: the answer is a page of a 500 with this text, as a stock server's.</param>
/// <param name="Scheme">Which scheme found the principal; <see langword="null"/> for the configured one.</param>
internal readonly record struct AuthenticationOutcome(string? Principal, string? User = null, string? Challenge = null, string? Problem = null, bool IsAnonymous = false, string? Failure = null, SignInScheme? Scheme = null);
