using KmsPS.Engine.Providers;

namespace KmsPS.Server;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: the store answered and a canary was decrypted, and nobody asked the
/// server to stop. Both need no sign-in and tell nothing else.
/// </summary>
/// <param name="store">What is tested.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The server's log.</param>
internal sealed partial class HealthProbe(IKeyProvider store, TimeProvider time, ILogger<HealthProbe> log) : IDisposable
{
    /// <summary>What the paths begin with.</summary>
    public const string Prefix = "/health/";

    // A probe a second from each of several balancers must not become load on the store.
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private Verdict _last = new(false, DateTimeOffset.MinValue);
    private volatile bool _isStopping;

    /// <summary>From now on the server is not ready: a balancer sends its callers elsewhere.</summary>
    public void BeginStop() => _isStopping = true;

    /// <summary>Answers a probe.</summary>
    /// <returns>Whether <paramref name="path"/> is one.</returns>
    public async ValueTask<bool> TryHandleAsync(HttpContext context, string path)
    {
        if (path is not ("/health/live" or "/health/ready") || context.Request.Method is not ("GET" or "HEAD"))
        {
            return false;
        }

        bool isGood = path == "/health/live" || await IsReadyAsync(context.RequestAborted);
        HttpResponse response = context.Response;
        response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        FrontDoorHeaders.Harden(response.Headers);
        response.Headers.CacheControl = "no-store";
        response.ContentType = "text/plain;charset=utf-8";
        byte[] body = path == "/health/live" ? "live\n"u8.ToArray() : isGood ? "ready\n"u8.ToArray() : "not ready\n"u8.ToArray();
        response.ContentLength = body.Length;
        if (context.Request.Method == "GET")
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }

        return true;
    }

    /// <summary>Whether a balancer should send callers here.</summary>
    public async ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (_isStopping)
        {
            return false;
        }

        Verdict last = Volatile.Read(ref _last);
        if (time.GetUtcNow() - last.At < Remembered)
        {
            return last.IsGood;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            last = Volatile.Read(ref _last);
            if (time.GetUtcNow() - last.At >= Remembered)
            {
                last = await TestAsync(last.IsGood, cancellationToken);
                Volatile.Write(ref _last, last);
            }

            return last.IsGood;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<Verdict> TestAsync(bool wasGood, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await store.SelfTestAsync(patience.Token);
            return new Verdict(true, time.GetUtcNow());
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            if (wasGood)
            {
                LogNotReady(failure);
            }

            return new Verdict(false, time.GetUtcNow());
        }
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Error, Message = "The server is not ready: the store failed its self-test")]
    private partial void LogNotReady(Exception failure);

    private sealed record Verdict(bool IsGood, DateTimeOffset At);
}
