using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Takes callers for whom the rules say their client certificate stands for, which the handshake has verified; all others are asked by
/// the scheme that is configured.
/// </summary>
/// <param name="inner">That scheme.</param>
/// <param name="time">The clock: a connection may outlive its certificate.</param>
internal sealed class CertificateAuthenticator(IAuthenticator inner, TimeProvider time) : IAuthenticator
{
    private static readonly SignInScheme Certificate = new("certificate", AuthenticationMethod.Certificate);

    /// <inheritdoc/>
    public IReadOnlyList<SignInScheme> Schemes { get; } = [.. inner.Schemes, Certificate];

    /// <inheritdoc/>
    public ValueTask<AuthenticationOutcome> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken) =>
        credentials.Certificate is { } user && user.GoodUntil > time.GetUtcNow().ToUnixTimeMilliseconds()
            ? new(new AuthenticationOutcome(user.Name, user.Name, Scheme: Certificate))
            : inner.AuthenticateAsync(credentials, cancellationToken);
}
