namespace KmsPS.Engine.Providers.Remote;

/// <summary>A delegation token. It is a bearer's secret: it is sent as a header, never in a URL, and named in no message.</summary>
/// <param name="urlString">Its text as GETDELEGATIONTOKEN answered it.</param>
public sealed class TokenCredential(string urlString) : IClientCredential
{
    /// <summary>SOURCE: Hadoop DelegationTokenAuthenticator.DELEGATION_TOKEN_HEADER.</summary>
    public const string Header = "X-Hadoop-Delegation-Token";

    /// <inheritdoc/>
    public string Name => "token";

    /// <inheritdoc/>
    public bool CanBeRepeated => false;

    /// <inheritdoc/>
    public string? Query => null;

    /// <inheritdoc/>
    public ISignIn Begin(Uri server) => new HeaderSignIn(Header, urlString);

    /// <summary>The kind of credential and nothing of the token.</summary>
    public override string ToString() => "delegation token";
}
