namespace KmsPS.Engine.Authentication;

/// <summary>
/// The <c>Cookie</c> header that a connection sent last, and what was verified of it. A client sends the same one with each request, and
/// the server hands out the same string for it as long as it does: then nothing is parsed and nothing is looked up.
/// </summary>
public sealed class LastCookie
{
    private Entry? _entry;

    internal VerifiedCredential? Find(string header) => Volatile.Read(ref _entry) is { } entry && ReferenceEquals(entry.Header, header) ? entry.Credential : null;

    internal void Remember(string header, VerifiedCredential credential) => Volatile.Write(ref _entry, new Entry(header, credential));

    private sealed record Entry(string Header, VerifiedCredential Credential);
}
