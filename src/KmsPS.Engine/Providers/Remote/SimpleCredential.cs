namespace KmsPS.Engine.Providers.Remote;

/// <summary>A name that nobody checks: <c>user.name</c>.</summary>
/// <param name="user">The name.</param>
public sealed class SimpleCredential(string user) : IClientCredential
{
    /// <summary>The user that the process runs as.</summary>
    public static SimpleCredential CurrentUser { get; } = new(Environment.UserName);

    /// <summary>The name that is sent.</summary>
    public string User => user;

    /// <inheritdoc/>
    public string Name => "simple";

    /// <inheritdoc/>
    public bool CanBeRepeated => true;

    /// <inheritdoc/>
    public string? Query { get; } = "user.name=" + Uri.EscapeDataString(user);

    /// <inheritdoc/>
    public ISignIn Begin(Uri server) => HeaderSignIn.None;
}
