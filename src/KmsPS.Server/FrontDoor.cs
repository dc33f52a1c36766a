using KmsPS.Engine.Audit;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Telemetry;
using KmsPS.Engine.Wire;
using KmsPS.Server.Limits;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace KmsPS.Server;

/// <summary>
/// Where every request comes in. It finds out who asks and hands the call on; what nobody may ask ends here. INVARIANT: nothing but
/// the health probes, and what the REST interface declares open, is reached without a caller.
/// </summary>
internal sealed partial class FrontDoor(SignInDesk desk, IAuditTrail audit, IRestHandler rest, HealthProbe health, CallerLimits limits, int maxResponseHead, KmsMeter meter, TimeProvider time, ILogger<FrontDoor> log)
{
    private const int Http11Required = 0xd; // The error code of HTTP/2 that makes clients come again by HTTP/1.1.
    private const string TokenHeader = "X-Hadoop-Delegation-Token";

    private readonly Answer _answer = new(time);

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rawTarget">What it asks for, as it was sent.</param>
    /// <param name="connection">The connection it came over.</param>
    /// <param name="isBusy">Whether the server has too much to do already: only probes are answered then.</param>
    public ValueTask HandleAsync(HttpContext context, string rawTarget, ConnectionFacts connection, bool isBusy)
    {
        if (!RestTarget.TryParse(rawTarget, out RestTarget target))
        {
            return RefuseTargetAsync(context);
        }

        return target.Path.StartsWith(HealthProbe.Prefix) ? ProbeAsync(context, target, connection, isBusy) : EnterAsync(context, target, connection, isBusy);
    }

    private async ValueTask ProbeAsync(HttpContext context, RestTarget target, ConnectionFacts connection, bool isBusy)
    {
        if (!await health.TryHandleAsync(context, target.Path.ToString()))
        {
            await EnterAsync(context, target, connection, isBusy);
        }
    }

    private ValueTask EnterAsync(HttpContext context, RestTarget target, ConnectionFacts connection, bool isBusy)
    {
        if (isBusy || connection.IsOverLimit)
        {
            return TurnAwayAsync(context, isBusy, connection.IsOverLimit);
        }

        SignInParameters parameters = SignInParameters.Parse(target.Query);
        return TryAdmit(context.Request.Headers.Cookie, connection, parameters, out Caller? caller) || TryAdmit(context.Request.Headers, connection, parameters, out caller)
            ? PassAsync(context, target, connection, caller)
            : AskWhoAsync(context, target, connection, parameters);
    }

    private async ValueTask AskWhoAsync(HttpContext context, RestTarget target, ConnectionFacts connection, SignInParameters parameters)
    {
        if (!await rest.TryHandleOpenAsync(context, target))
        {
            await AdmitAsync(context, target, connection, parameters);
        }
    }

    private bool TryAdmit(in StringValues cookieHeader, ConnectionFacts connection, in SignInParameters parameters, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Caller? caller)
    {
        caller = null;
        return cookieHeader.Count == 1 && cookieHeader[0] is { } header && desk.TryAdmit(header, connection.LastCookie, parameters, out caller);
    }

    // Who has shown a certificate and nothing else is the same in every request of the connection.
    private bool TryAdmit(IHeaderDictionary headers, ConnectionFacts connection, in SignInParameters parameters, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Caller? caller)
    {
        caller = connection.Known;
        return caller is not null && parameters is { DoAs: null, Operation: null, Delegation: null } && headers.Cookie.Count == 0 && headers[TokenHeader].Count == 0
            && connection.User!.GoodUntil > time.GetUtcNow().ToUnixTimeMilliseconds() && desk.IsCurrent(caller);
    }

    private async ValueTask AdmitAsync(HttpContext context, RestTarget target, ConnectionFacts connection, SignInParameters parameters)
    {
        Credentials credentials = CredentialsOf(context, target, connection, parameters);
        if (desk.IsHandshake(credentials.Authorization) && HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(Http11Required);
            return;
        }

        // The empty cookie is what we give out ourselves to whoever is refused.
        bool isAttempt = credentials is not { Cookie: null or "", TokenHeader: null, Authorization: null, Parameters: { Delegation: null, Token: null } };
        TimeSpan pause = isAttempt ? limits.PauseOf(connection.Address) : TimeSpan.Zero;

        // A cookie and a token are looked at even then, which costs a hash; a ticket, which costs a handshake, is not.
        SignInResult result = await SignInAsync(context, connection, pause > TimeSpan.Zero ? credentials with { Authorization = null } : credentials);
        if (result.Caller is { Method: AuthenticationMethod.Certificate, RealCaller: null } known && credentials is { Cookie: null, TokenHeader: null, Parameters.Delegation: null })
        {
            connection.Known = known;
        }

        meter.SignIn(result.Caller is not null || result.Answer is { Status: < 400 });
        if (isAttempt && IsFailedSignIn(result))
        {
            if (pause > TimeSpan.Zero)
            {
                meter.Refused(DoorRefusal.Failures);
                await _answer.LaterAsync(context, StatusCodes.Status429TooManyRequests, pause, "Too many sign-ins from this address failed");
                return;
            }

            limits.Fail(connection.Address);
        }

        await AnswerAsync(context, target, connection, result);
    }

    private async ValueTask<SignInResult> SignInAsync(HttpContext context, ConnectionFacts connection, Credentials credentials)
    {
        try
        {
            return await desk.AdmitAsync(credentials, connection.Cookies, context.RequestAborted);
        }
        catch (KmsException failure)
        {
            LogFailure(failure, context.Request.Method, connection.Origin("GET").Address);
            return new SignInResult(null, new SignInAnswer(failure.IsTransient ? 503 : 500, AnswerForm.Envelope, Failure: failure));
        }
    }

    private async ValueTask AnswerAsync(HttpContext context, RestTarget target, ConnectionFacts connection, SignInResult result)
    {
        HttpResponse response = context.Response;
        if (result.SetCookie is { } cookie)
        {
            // SOURCE: recorded/auth/header-sizes: an answer whose head would be too large is a bare 500.
            if (cookie.Length + 400 > maxResponseHead)
            {
                response.StatusCode = 500;
                ReasonPhrase.Set(context, "Server Error");
                response.Headers.Connection = "close";
                response.ContentLength = 0;
                return;
            }

            response.Headers.SetCookie = cookie;
        }

        if (result.Challenge is { } challenge)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        if (result.Caller is { } caller)
        {
            await LetInAsync(context, target, connection, caller);
            return;
        }

        SignInAnswer answer = result.Answer!;
        if (answer.AuditText is { } text && context.Request.Method != "OPTIONS")
        {
            await WriteDownAsync(context, target, connection, text);
        }

        await WriteAsync(context, answer);
    }

    // 404 is what a cancelled token that is none gets. Who is known and may not act for another has signed in.
    private static bool IsFailedSignIn(in SignInResult result) =>
        result.Caller is null && result.Answer is { Status: 401 or 403 or 404, Failure: null or { Kind: ErrorKind.AuthenticationFailed } };

    private async ValueTask LetInAsync(HttpContext context, RestTarget target, ConnectionFacts connection, Caller caller)
    {
        // A stock server lets somebody without a name in, where it is told to, and then fails with 500 in every operation.
        if (ReferenceEquals(caller, SignInDesk.Anonymous) && context.Request.Method != "OPTIONS" && !desk.MayShowAnybody(target.Path.ToString()))
        {
            await WriteAsync(context, new SignInAnswer(403, AnswerForm.Page, "Anonymous requests are disallowed"));
            return;
        }

        await PassAsync(context, target, connection, caller);
    }

    private ValueTask PassAsync(HttpContext context, RestTarget target, ConnectionFacts connection, Caller caller)
    {
        TimeSpan wait = limits.Admit(caller);
        return wait == TimeSpan.Zero
            ? rest.HandleAsync(context, target, new Call(caller, connection.Origin(context.Request.Method), TraceParent.Read(context.Request.Headers.TraceParent)), connection.Aborted ?? context.RequestAborted)
            : _answer.LaterAsync(context, StatusCodes.Status429TooManyRequests, wait, "This caller asks more often than it may");
    }

    private ValueTask TurnAwayAsync(HttpContext context, bool isBusy, bool isOneConnectionTooMany)
    {
        if (isBusy)
        {
            meter.Refused(DoorRefusal.Requests);
        }

        if (isOneConnectionTooMany)
        {
            context.Response.Headers.Connection = "close";
        }

        return _answer.LaterAsync(context, StatusCodes.Status503ServiceUnavailable, Answer.Busy, isBusy ? "The server has too many requests in work" : "The server has too many connections");
    }

    private static Credentials CredentialsOf(HttpContext context, RestTarget target, ConnectionFacts connection, SignInParameters parameters)
    {
        IHeaderDictionary headers = context.Request.Headers;
        string? cookie = null;
        foreach (string? header in headers.Cookie)
        {
            if (SignInCookie.TryFind(header, out ReadOnlySpan<char> value))
            {
                cookie = value.ToString();
                break;
            }
        }

        return new Credentials(context.Request.Method, cookie, First(headers[TokenHeader]), First(headers.Authorization), parameters, connection.Address, target.Path.ToString(), connection.User);
    }

    private static string? First(in StringValues values) => values.Count == 0 ? null : values[0] ?? "";

    private ValueTask WriteAsync(HttpContext context, SignInAnswer answer)
    {
        switch (answer.Form)
        {
            case AnswerForm.Page:
                return ErrorPage.WriteAsync(context, answer.Status, answer.Reason!, answer.Body);
            case AnswerForm.Json:
                return _answer.JsonAsync(context, answer.Status, answer.Body!);
            case AnswerForm.Envelope:
                return _answer.EnvelopeAsync(context, answer.Status, RemoteErrors.Describe(null, answer.Failure!));
            default:
                _answer.Nothing(context, answer.Status);
                return ValueTask.CompletedTask;
        }
    }

    // SOURCE: what the container refuses before anybody is asked who he is has no page and ends the connection.
    private static async ValueTask RefuseTargetAsync(HttpContext context)
    {
        byte[] body = "<h1>Bad Message 400</h1><pre>reason: Bad Request</pre>"u8.ToArray();
        context.Response.StatusCode = 400;
        context.Response.ContentType = "text/html;charset=iso-8859-1";
        context.Response.Headers.Connection = "close";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    private async ValueTask WriteDownAsync(HttpContext context, RestTarget target, ConnectionFacts connection, string text)
    {
        CallOrigin origin = connection.Origin(context.Request.Method);
        await audit.WriteAsync(
            new AuditEvent
            {
                At = time.GetUtcNow(),
                Outcome = AuditOutcome.Unauthenticated,
                Address = origin.Address,
                Method = origin.Method,
                Url = RequestUrl.Of(context.Request, target),
                Message = text,
            },
            CancellationToken.None);
    }

    [LoggerMessage(EventId = 2001, Level = LogLevel.Warning, Message = "Sign-in of a {Method} from {Address} failed")]
    private partial void LogFailure(Exception failure, string method, string? address);
}
