namespace KmsPS.Engine.Providers.Remote;

/// <summary>A sign-in that is one header, or none.</summary>
internal sealed class HeaderSignIn(string? header, string? value) : ISignIn
{
    internal static HeaderSignIn None { get; } = new(null, null);

    public string? Header => header;

    public string? Value => value;

    public void Finish(string? challenge)
    {
        // The server has nothing to prove in these schemes; TLS does that.
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
