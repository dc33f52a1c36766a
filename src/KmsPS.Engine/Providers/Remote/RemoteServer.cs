using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>One server: carries one request there and its answer back, signing in where needed and keeping the cookie.</summary>
internal sealed class RemoteServer(Uri baseUri, HttpMessageInvoker http, RemoteOptions options)
{
    private const string CookieName = "hadoop.auth";

    // A bearer's secret for as long as the server says; it lives in memory only, and in no message.
    private volatile string? _cookie;

    public Uri Base => baseUri;

    /// <summary>Sends a request and reads the answer; the caller disposes it. Whatever the status says, it is returned.</summary>
    /// <exception cref="RemoteFailure">There was no answer.</exception>
    public async ValueTask<RemoteAnswer> SendAsync(RemoteRequest request, CancellationToken cancellationToken)
    {
        for (int refusals = 0; ; refusals++)
        {
            string? cookie = request.MayUseCookie && refusals == 0 ? _cookie : null;
            RemoteAnswer answer = await ExchangeAsync(request, cookie, cancellationToken).ConfigureAwait(false);
            if (!answer.WantsCredentials || refusals >= options.AuthenticationRetries || request.IsAnonymous || (cookie is null && !options.Credential.CanBeRepeated))
            {
                return answer;
            }

            // The filter refuses before anything is done, so repeating is safe for every operation. SOURCE: Hadoop KMSClientProvider.call.
            answer.Dispose();
            Interlocked.CompareExchange(ref _cookie, null, cookie);
        }
    }

    private async ValueTask<RemoteAnswer> ExchangeAsync(RemoteRequest request, string? cookie, CancellationToken cancellationToken)
    {
        using ISignIn signIn = cookie is null && !request.IsAnonymous ? BeginSignIn() : HeaderSignIn.None;
        using HttpRequestMessage message = Message(request, cookie, signIn);
        using CancellationTokenSource deadline = new(options.Timeout, options.Time);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using HttpResponseMessage response = await http.SendAsync(message, stop.Token).ConfigureAwait(false);
            TakeCookie(response);
            PooledBytes body = await ReadAsync(response, deadline, stop.Token).ConfigureAwait(false);
            RemoteAnswer answer = new(
                baseUri, message.RequestUri!.AbsolutePath, (int)response.StatusCode, response.ReasonPhrase ?? "",
                response.Content.Headers.ContentType?.MediaType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) ?? false, body)
            {
                WantsTicket = response.Headers.WwwAuthenticate.Any(static header => string.Equals(header.Scheme, "Negotiate", StringComparison.OrdinalIgnoreCase)),
            };
            FinishSignIn(signIn, response, answer);
            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException or ObjectDisposedException)
        {
            throw RemoteFailures.NoAnswer(baseUri, failure, deadline.IsCancellationRequested, options, request);
        }
    }

    private ISignIn BeginSignIn()
    {
        try
        {
            return options.Credential.Begin(baseUri);
        }
        catch (KmsException failure)
        {
            throw new RemoteFailure(failure, FailureClass.NotSent);
        }
    }

    private static void FinishSignIn(ISignIn signIn, HttpResponseMessage response, RemoteAnswer answer)
    {
        if (signIn.Header is null || answer.Status >= 400)
        {
            return;
        }

        try
        {
            signIn.Finish(response.Headers.WwwAuthenticate.FirstOrDefault(static header => string.Equals(header.Scheme, "Negotiate", StringComparison.OrdinalIgnoreCase))?.Parameter);
        }
        catch (KmsException failure)
        {
            answer.Dispose();
            throw new RemoteFailure(failure, FailureClass.Uncertain);
        }
    }

    private HttpRequestMessage Message(RemoteRequest request, string? cookie, ISignIn signIn)
    {
        HttpRequestMessage message = new(request.Method, Target(request, cookie)) { VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

        // A handshake belongs on HTTP/1.1 (RFC 4559 §6); the cookie that it brings is good on any connection.
        bool needsOldVersion = signIn.Header == "Authorization" || request.IsAboutToken;
        message.Version = string.Equals(baseUri.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal) && !needsOldVersion ? HttpVersion.Version20 : HttpVersion.Version11;
        message.Headers.TryAddWithoutValidation("Accept", "application/json, */*; q=0.2");
        message.Headers.TryAddWithoutValidation("User-Agent", "KmsPS");
        message.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        if (cookie is not null)
        {
            message.Headers.TryAddWithoutValidation("Cookie", cookie);
        }

        if (signIn is { Header: { } name, Value: { } value })
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        // Content also where there is none to send: the handler itself repeats a request without content on a connection that it finds
        // closed, and a DELETE must not be done twice behind our back.
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body.Memory);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        else if (!request.IsIdempotent)
        {
            message.Content = new ByteArrayContent([]);
        }

        return message;
    }

    // Paths are sent as we encode them: a key may be called "..", and a stock server knows it under key/../_metadata.
    private Uri Target(RemoteRequest request, string? cookie)
    {
        StringBuilder target = new StringBuilder(baseUri.OriginalString).Append(request.Target);
        bool hasQuery = request.Target.Contains('?', StringComparison.Ordinal);
        if (!request.IsAnonymous)
        {
            Append(options.DoAs is { } other ? "doAs=" + Uri.EscapeDataString(other) : null);
            Append(cookie is null ? options.Credential.Query : null);
        }

        return new Uri(target.ToString(), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        void Append(string? parameter)
        {
            if (parameter is not null)
            {
                target.Append(hasQuery ? '&' : '?').Append(parameter);
                hasQuery = true;
            }
        }
    }

    // Value and quotes exactly as the server wrote them; its attributes are the server's business. SOURCE: Hadoop AuthenticatedURL.AuthCookieHandler.
    private void TakeCookie(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
        {
            return;
        }

        foreach (string cookie in cookies)
        {
            string pair = cookie.Split(';', 2)[0].Trim();
            if (!pair.StartsWith(CookieName + "=", StringComparison.Ordinal))
            {
                continue;
            }

            _cookie = pair[(CookieName.Length + 1)..].Trim('"').Length > 0 ? pair : null;
        }
    }

    // Each piece has the whole time-out, as a stock client's socket has; the length is bounded.
    private async ValueTask<PooledBytes> ReadAsync(HttpResponseMessage response, CancellationTokenSource deadline, CancellationToken stop)
    {
        PooledBytes body = new((int)Math.Clamp(response.Content.Headers.ContentLength ?? 512, 16, 64 * 1024));
        try
        {
            Stream stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                while (await stream.ReadAsync(body.GetMemory(512), stop).ConfigureAwait(false) is > 0 and int read)
                {
                    body.Advance(read);
                    if (body.Memory.Length > options.ResponseLimit)
                    {
                        throw RemoteFailures.TooLong(baseUri, options.ResponseLimit);
                    }

                    deadline.CancelAfter(options.Timeout);
                }
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }
}
