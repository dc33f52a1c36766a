using System.Text.Json;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;
using KmsPS.Engine.Telemetry;
using KmsPS.Engine.Wire;

namespace KmsPS.Server.Admin;

/// <summary>
/// What only our server answers below <c>/kms/v1/admin/</c>: <c>explain</c> says who may do what and why, <c>health</c> how the
/// server is set. Everybody may ask about himself; all else is for the administrators of <c>hadoop.kms.http.administrators</c>.
/// </summary>
/// <remarks>
/// INVARIANT: unlike a stock server's pages these are never open because <c>hadoop.security.authorization</c> is off: an explanation
/// about somebody else tells a stranger where to attack.
/// </remarks>
internal sealed class AccessEndpoints(
    IRestHandler inner, KmsEngine engine, IGroupMapper groups, AccessList administrators, KmsMeter meter, HealthProbe health, CertificateReload? certificate, IAuditTrail audit, TimeProvider time) : IRestHandler
{
    private const string Allow = "OPTIONS,HEAD,GET";
    private readonly Answer _answer = new(time);

    /// <inheritdoc/>
    public ValueTask HandleAsync(HttpContext context, RestTarget target, Call call, CancellationToken aborted) =>
        !target.Path.StartsWith(RestPaths.Root + RestPaths.Admin, StringComparison.Ordinal) ? inner.HandleAsync(context, target, call, aborted)
        : target.Path[(RestPaths.Root.Length + RestPaths.Admin.Length)..] switch
        {
            RestPaths.Explain => AnswerAsync(context, target, call, ExplainAsync),
            RestPaths.Health => AnswerAsync(context, target, call, HealthAsync),
            _ => inner.HandleAsync(context, target, call, aborted),
        };

    /// <inheritdoc/>
    public ValueTask<bool> TryHandleOpenAsync(HttpContext context, RestTarget target) => inner.TryHandleOpenAsync(context, target);

    private bool IsAdministrator(in Call call) => administrators.Matches(call.Caller);

    private async ValueTask AnswerAsync(HttpContext context, RestTarget target, Call call, Func<RestExchange, Call, ValueTask<byte[]>> answer)
    {
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            _answer.Options(context, Allow);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await _answer.ErrorAsync(context, RemoteErrors.NotServed(StatusCodes.Status405MethodNotAllowed, $"{Printable.Text(context.Request.Method)} is not served here, but {Allow}"), Allow);
            return;
        }

        try
        {
            RestExchange exchange = new(context, target, call, "", context.RequestAborted);
            byte[] json = await answer(exchange, call);
            await _answer.JsonAsync(exchange, json, static (body, text) => System.Buffers.BuffersExtensions.Write(body, text));
        }
        catch (KmsException refused)
        {
            await WriteDownAsync(call, AuditOutcomeOf(refused), null, refused.Message);
            await _answer.ErrorAsync(context, RemoteErrors.Describe(null, refused));
        }
    }

    private async ValueTask<byte[]> ExplainAsync(RestExchange exchange, Call call)
    {
        KmsOperation operation = Operation(exchange.Target.Parameter(RestPaths.Operation));
        KeyName? key = exchange.Target.Parameter(RestPaths.Key) is { Length: > 0 } name ? KeyName.Parse(name) : null;
        Caller caller = await SubjectAsync(exchange.Target, call, exchange.Aborted);
        AccessReview review = await engine.ReviewAccessAsync(caller, operation, key, IsAdministrator(call), exchange.Aborted);
        await WriteDownAsync(call, AuditOutcome.Ok, key?.Value, null);
        return AccessAnswer.Of(review, engine.Policy).ToJson();
    }

    // Groups that are supposed, not found, are a question about the rules and not about oneself.
    private async ValueTask<Caller> SubjectAsync(RestTarget target, Call call, CancellationToken cancellationToken)
    {
        string? user = target.Parameter(RestPaths.User);
        List<string> supposed = target.Parameters(RestPaths.Group);
        if (supposed.Count == 0 && (user is null || user == call.Caller.ShortName))
        {
            return call.Caller;
        }

        if (!IsAdministrator(call))
        {
            throw new KmsException(ErrorKind.AccessDenied, $"User:{call.Caller.ShortName} may ask about itself only", "Administrators are named by hadoop.kms.http.administrators.");
        }

        string who = user ?? call.Caller.ShortName;
        NameSet found = supposed.Count > 0 ? NameSet.Of(supposed) : await groups.GroupsOfAsync(who, cancellationToken);
        return new Caller(who, who, call.Caller.Method, found);
    }

    private static KmsOperation Operation(string? text)
    {
        OperationRow? row = OperationTable.Rows.FirstOrDefault(each => each.AuditName.Equals(text, StringComparison.OrdinalIgnoreCase) || each.Verb.ToString().Equals(text, StringComparison.OrdinalIgnoreCase));
        return row?.Verb ?? throw new KmsException(
            ErrorKind.InvalidRequest,
            text is null ? "Parameter 'operation' is missing" : $"'{Printable.Text(text)}' is no operation",
            $"Use one of {string.Join(", ", OperationTable.Rows.Select(static each => each.AuditName))}.");
    }

    private async ValueTask<byte[]> HealthAsync(RestExchange exchange, Call call)
    {
        if (!IsAdministrator(call))
        {
            throw new KmsException(ErrorKind.AccessDenied, $"User:{call.Caller.ShortName} is no administrator of this server", "Administrators are named by hadoop.kms.http.administrators.");
        }

        bool isReady = await health.IsReadyAsync(exchange.Aborted);
        double wouldBe = meter.Families.First(static each => each.Name == KmsMeter.WouldBeDeniedName).Read().Sum(static each => each.Value);
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ready", isReady);
            json.WriteString("version", KmsServer.Version);
            json.WriteString("provider", engine.Provider.ToString());
            json.WriteString("aclMode", engine.Policy.IsPermissive ? "permissive" : "enforcing");
            json.WriteNumber("wouldBeDenied", (long)wouldBe);
            json.WriteBoolean("keyAuthorization", engine.Policy.KeyAuthorization);
            json.WriteBoolean("filterKeys", engine.Policy.FiltersKeys);
            if (certificate is { Certificate: { } served })
            {
                json.WriteStartObject("certificate");
                json.WriteString("thumbprint", served.Thumbprint);
                json.WriteString("notAfter", served.Leaf.NotAfter.ToUniversalTime());
                json.WriteNumber("daysLeft", Math.Floor(ExpiryNotice.Left(served, time).TotalDays));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static AuditOutcome AuditOutcomeOf(KmsException refused) => refused.Kind == ErrorKind.AccessDenied ? AuditOutcome.Unauthorized : AuditOutcome.Error;

    // A stock server has no such requests, so Hadoop's log gets no line.
    private ValueTask WriteDownAsync(in Call call, AuditOutcome outcome, string? key, string? message) => audit.WriteAsync(
        new AuditEvent
        {
            At = time.GetUtcNow(),
            Outcome = outcome,
            Operation = "EXPLAIN",
            Key = key,
            User = call.Caller.FullName,
            RealUser = call.Caller.RealCaller?.FullName,
            Authentication = call.Caller.Method,
            Address = call.Origin.Address,
            Method = call.Origin.Method,
            Message = message,
            TraceId = call.TraceId,
            HadoopLines = 0,
        },
        CancellationToken.None);
}
