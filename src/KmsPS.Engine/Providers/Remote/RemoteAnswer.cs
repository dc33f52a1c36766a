namespace KmsPS.Engine.Providers.Remote;

/// <summary>One answer, read to its end.</summary>
/// <param name="server">Who answered: scheme, host, port.</param>
/// <param name="path">What was asked, without its query: a token may stand there.</param>
/// <param name="status">HTTP status.</param>
/// <param name="reason">Reason phrase; empty over HTTP/2, which has none.</param>
/// <param name="isJson">Whether its type begins with <c>application/json</c>, as stock clients test it.</param>
/// <param name="body">The body.</param>
internal sealed class RemoteAnswer(Uri server, string path, int status, string reason, bool isJson, PooledBytes body) : IDisposable
{
    private const string BadSignature = "Invalid signature";
    private const string NoAnonymous = "Anonymous requests are disallowed";

    public string Url => server.GetLeftPart(UriPartial.Authority) + path;

    public int Status => status;

    public string Reason => reason;

    public bool IsJson => isJson;

    public PooledBytes Body => body;

    /// <summary>Whether it asks for a Kerberos ticket.</summary>
    public bool WantsTicket { get; init; }

    /// <summary>
    /// Whether fresh credentials may help: 401, or 403 with one of two reasons. Over HTTP/2 the reason stands in the error page only.
    /// SOURCE: Hadoop KMSClientProvider.call.
    /// </summary>
    public bool WantsCredentials => status == 401 || (status == 403 && (
        reason.Contains(BadSignature, StringComparison.Ordinal) || string.Equals(reason, NoAnonymous, StringComparison.Ordinal)
        || (!isJson && (body.Span.IndexOf("Invalid signature"u8) >= 0 || body.Span.IndexOf("Anonymous requests are disallowed"u8) >= 0))));

    public void Dispose() => body.Dispose();
}
