namespace KmsPS.Engine.Providers.Remote;

/// <summary>Nothing but the client certificate that TLS showed already: <see cref="RemoteOptions.Certificate"/>.</summary>
public sealed class CertificateCredential : IClientCredential
{
    /// <inheritdoc/>
    public string Name => "certificate";

    /// <inheritdoc/>
    public bool CanBeRepeated => false;

    /// <inheritdoc/>
    public string? Query => null;

    /// <inheritdoc/>
    public ISignIn Begin(Uri server) => HeaderSignIn.None;
}
