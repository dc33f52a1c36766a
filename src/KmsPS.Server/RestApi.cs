using KmsPS.Engine;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Wire;

namespace KmsPS.Server;

/// <summary>
/// The REST interface of a KMS: finds the route, runs it, and turns whatever fails into the envelope that stock clients read. A request
/// that fails before the engine was asked is written into the audit log here; all others the engine's pipeline has written.
/// </summary>
internal sealed partial class RestApi : IRestHandler
{
    private readonly Routes _routes;
    private readonly Answer _answer;
    private readonly IAuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly ILogger<RestApi> _log;

    /// <param name="engine">What answers.</param>
    /// <param name="audit">Where requests are written down that never reach the engine.</param>
    /// <param name="options">Defaults for new keys.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The server's log.</param>
    public RestApi(KmsEngine engine, IAuditTrail audit, RestOptions options, TimeProvider time, ILogger<RestApi> log)
    {
        _answer = new Answer(time);
        _routes = new Routes(new KeyEndpoints(engine, _answer, options), new EekEndpoints(engine, _answer, options), new LifecycleEndpoints(engine, _answer, options));
        _audit = audit;
        _time = time;
        _log = log;
    }

    /// <inheritdoc/>
    public async ValueTask HandleAsync(HttpContext context, RestTarget target, Call call, CancellationToken aborted)
    {
        RestExchange? exchange = null;
        try
        {
            Route? route = _routes.Match(target.Path, out string variable);
            exchange = new RestExchange(context, target, call, variable, aborted);
            await RunAsync(route, exchange);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            LogHungUp(call.Origin.Method);
        }
        catch (Exception failure) when (failure is not BadHttpRequestException)
        {
            await FailAsync(context, target, call, exchange?.Begun, failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleOpenAsync(HttpContext context, RestTarget target)
    {
        if (target.Path is not RestPaths.RangerStatus || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            return false;
        }

        await _answer.StatusAsync(context);
        return true;
    }

    private ValueTask RunAsync(Route? route, RestExchange exchange)
    {
        HttpRequest request = exchange.Http.Request;
        if (request.Headers.ContentType is [""])
        {
            // SOURCE: recorded/http, create-content-type-none: the container refuses it, without an envelope.
            Answer.BadRequest(exchange.Http);
            return ValueTask.CompletedTask;
        }

        if (route is null && !IsBelowContext(exchange.Target.Path))
        {
            return ElsewhereAsync(exchange.Http);
        }

        if (route is null)
        {
            throw new RefusalException(RemoteErrors.NoSuchResource(RequestUrl.Of(request, exchange.Target)));
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            _answer.Options(exchange.Http, route.Allow);
            return ValueTask.CompletedTask;
        }

        return Action(route, request.Method) is { } action ? action(exchange) : throw NotAllowed(route, request.Method);
    }

    // SOURCE: recorded/jmx/default, "/nosuch" and OPTIONS of a file that is not there: the container answers, without an envelope. The Java
    // client signs in by OPTIONS wherever it was sent: refused there, it complains of signing in; an envelope would have it throw an
    // exception of JAX-RS that says nothing. Like this it tells status and URL (recorded/shell, kms://…/nosuch).
    private ValueTask ElsewhereAsync(HttpContext context)
    {
        if (!HttpMethods.IsOptions(context.Request.Method))
        {
            return ErrorPage.WriteAsync(context, StatusCodes.Status404NotFound, "Not Found");
        }

        _answer.Options(context, "GET,HEAD,POST,OPTIONS");
        return ValueTask.CompletedTask;
    }

    private static bool IsBelowContext(ReadOnlySpan<char> path) =>
        path.StartsWith(RestPaths.Context, StringComparison.Ordinal) && (path.Length == RestPaths.Context.Length || path[RestPaths.Context.Length] is '/' or ';');

    private static RestAction? Action(Route route, string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? route.Get
        : HttpMethods.IsPost(method) ? route.Post
        : HttpMethods.IsDelete(method) ? route.Delete
        : null;

    private static RefusalException NotAllowed(Route route, string method) => HttpMethods.IsHead(method)
        // SOURCE: recorded/http, head-keys. Nobody can read a text in an answer without a body; the status stays a stock server's.
        ? new RefusalException(RemoteErrors.NotServed(StatusCodes.Status500InternalServerError, "HEAD is not served here"))
        : new RefusalException(RemoteErrors.NotServed(StatusCodes.Status405MethodNotAllowed, $"{Printable.Text(method)} is not served here, but {route.Allow}"), route.Allow);

    private async ValueTask FailAsync(HttpContext context, RestTarget target, Call call, KmsOperation? begun, Exception failure)
    {
        RefusalException? refusal = failure as RefusalException;
        RemoteError error = refusal?.Error ?? RemoteErrors.Describe(begun, failure);
        if (begun is null)
        {
            error = await WriteDownAsync(call, error, refusal);
        }

        if (failure is KmsException { IsTransient: true })
        {
            // Every change is refused while a store is away: the same stack each time, several thousand bytes of it, fills the disk and hides the rest.
            LogAway(call.Caller.FullName, call.Origin.Method, Printable.Text(target.Path.ToString()), call.Origin.Address, Failure.Sentence(failure));
        }
        else if (error.Status >= StatusCodes.Status500InternalServerError)
        {
            LogFailure(failure, call.Caller.FullName, call.Origin.Method, Printable.Text(target.Path.ToString()), call.Origin.Address);
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        context.Response.Headers.Remove("Location");
        await _answer.ErrorAsync(context, error, refusal?.Allow);
    }

    private async ValueTask<RemoteError> WriteDownAsync(Call call, RemoteError error, RefusalException? refusal)
    {
        try
        {
            await _audit.WriteAsync(
                new AuditEvent
                {
                    At = _time.GetUtcNow(),
                    Outcome = AuditOutcome.Error,
                    User = call.Caller.FullName,
                    RealUser = call.Caller.RealCaller?.FullName,
                    Authentication = call.Caller.Method,
                    Address = call.Origin.Address,
                    Method = call.Origin.Method,
                    Message = refusal is null ? error.Message : refusal.AuditMessage,
                    Reason = refusal is { AuditMessage: null } ? error.Message : null,
                    TraceId = call.TraceId,
                },
                CancellationToken.None);
            return error;
        }
        catch (Exception failure)
        {
            LogUnwritten(failure);
            return RemoteErrors.Describe(null, failure);
        }
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "User:{User} Method:{Method} Path:{Path} From:{Address} failed")]
    private partial void LogFailure(Exception failure, string user, string method, string path, string? address);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "User:{User} Method:{Method} Path:{Path} From:{Address} was refused for the moment: {Cause}")]
    private partial void LogAway(string user, string method, string path, string? address, string cause);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Debug, Message = "The client of a {Method} hung up")]
    private partial void LogHungUp(string method);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Error, Message = "A refused request could not be written into the audit log")]
    private partial void LogUnwritten(Exception failure);
}
