using System.Net;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>Reads what was asked for out of a successful answer.</summary>
internal delegate TResult AnswerReader<out TResult>(RemoteAnswer answer);

/// <summary>All servers of one URI over one pool of connections: spreads requests, and goes on where one fails.</summary>
internal sealed class RemoteTransport : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly RemoteServer[] _servers;
    private readonly HostPicker _picker;
    private readonly RetryRules _rules;
    private readonly RemoteOptions _options;

    public RemoteTransport(IReadOnlyList<Uri> servers, RemoteOptions options, HostPicker? picker = null)
    {
        _options = options;
        _http = new HttpMessageInvoker(Handler(options));
        _servers = [.. servers.Select(server => new RemoteServer(server, _http, options))];
        _picker = picker ?? new HostPicker(_servers.Length, options.Time, options.Avoidance);
        _rules = new RetryRules(_servers.Length, options.MaxRetries ?? _servers.Length, options.SleepBase, options.SleepMax, options.ResendsEverything);
    }

    /// <summary>Number of servers.</summary>
    public int Count => _servers.Length;

    /// <summary>Sends a request to one server after the other until one gives an answer that counts.</summary>
    /// <exception cref="KmsException">None did, or one refused.</exception>
    public async ValueTask<TResult> SendAsync<TResult>(RemoteRequest request, AnswerReader<TResult> read, CancellationToken cancellationToken)
    {
        int[] order = _picker.Next();
        List<RemoteFailure>? failures = null;
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await AskAsync(order[attempt % order.Length], request, read, cancellationToken).ConfigureAwait(false);
            }
            catch (RemoteFailure failure)
            {
                (failures ??= []).Add(failure);
                double lot = RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20);
                if (_rules.PauseAfter(failure.Class, attempt, request.IsIdempotent, lot) is not { } pause)
                {
                    throw RemoteFailures.Final(request, failures);
                }

                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, _options.Time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Sends a request to every server at once, one attempt each.</summary>
    /// <returns>What failed, by server; none when all did it.</returns>
    public async ValueTask<IReadOnlyList<KmsException>> SendToAllAsync(RemoteRequest request, CancellationToken cancellationToken)
    {
        RemoteFailure?[] failures = await Task.WhenAll(Enumerable.Range(0, _servers.Length).Select(async server =>
        {
            try
            {
                await AskAsync(server, request, static _ => true, cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (RemoteFailure failure)
            {
                return failure;
            }
        })).ConfigureAwait(false);
        return [.. failures.OfType<RemoteFailure>().Select(static failure => failure.Error)];
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<TResult> AskAsync<TResult>(int server, RemoteRequest request, AnswerReader<TResult> read, CancellationToken cancellationToken)
    {
        RemoteAnswer answer;
        try
        {
            answer = await _servers[server].SendAsync(request, cancellationToken).ConfigureAwait(false);
            _picker.Answered(server);
        }
        catch (RemoteFailure failure) when (failure is { Class: FailureClass.NotSent, Error.Kind: ErrorKind.ServerUnavailable })
        {
            _picker.Unreachable(server);
            throw;
        }

        using (answer)
        {
            return answer.Status == request.Success || (request.AsksHow && answer.Status is 401 or 403) || (request.AnySuccess && answer.Status is >= 200 and < 300)
                ? read(answer)
                : throw RemoteFailures.Refused(request, answer, _options.Credential);
        }
    }

    // One pool for the session. No proxy: a stock client takes none either, and key material is not for one. No redirects: credentials and
    // material go where the URI says and nowhere else. Idle connections go before a stock server (60 s) closes them.
    private static SocketsHttpHandler Handler(RemoteOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        MaxResponseHeadersLength = 64,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        SslOptions = options.Trust.ClientOptions(options.Certificate),
    };
}
