using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>Believes the <c>user.name</c> parameter. SOURCE: Hadoop PseudoAuthenticationHandler.</summary>
/// <param name="anonymousAllowed"><c>simple.anonymous.allowed</c>.</param>
internal sealed class PseudoAuthenticator(bool anonymousAllowed) : IAuthenticator
{
    private const string Challenge = "PseudoAuth";

    /// <inheritdoc/>
    public IReadOnlyList<SignInScheme> Schemes { get; } = [new("simple-dt", AuthenticationMethod.Simple)];

    /// <inheritdoc/>
    public ValueTask<AuthenticationOutcome> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken) => new(credentials.Parameters.UserName switch
    {
        null when anonymousAllowed => new AuthenticationOutcome(null, IsAnonymous: true),
        null => new AuthenticationOutcome(null, Challenge: Challenge),

        // A stock server answers 500 to both.
        "" => new AuthenticationOutcome(null, Challenge: Challenge),
        { } name when name.Contains('&', StringComparison.Ordinal) => new AuthenticationOutcome(null, Problem: "userName is NULL, empty or contains a '&'"),
        { } name => new AuthenticationOutcome(name, name),
    });
}
