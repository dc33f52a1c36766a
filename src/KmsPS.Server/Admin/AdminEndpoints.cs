using System.Text;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace KmsPS.Server.Admin;

/// <summary>Refuses a request with an HTML page.</summary>
internal delegate ValueTask PageRefusal(HttpContext context, int status, string reason);

/// <summary>
/// The pages for operators, before the REST interface: <c>/jmx</c>, <c>/conf</c>, <c>/stacks</c>, <c>/logLevel</c>, <c>/prom</c> and
/// <c>/metrics</c>. Whoever comes here has signed in; an administrator it must be where the configuration says so.
/// </summary>
/// <remarks>
/// SOURCE: Hadoop HttpServer2.hasAdministratorAccess and isInstrumentationAccessAllowed; recorded/jmx. TRACE is refused
/// everywhere: a stock server echoes the request, cookies and all, on three of these pages.
/// </remarks>
internal sealed class AdminEndpoints(
    IRestHandler inner, KmsMeter meter, AdminOptions options, HadoopConfiguration configuration, LogLevels levels, TimeProvider time, PageRefusal refuse) : IRestHandler
{
    private readonly JmxPage _jmx = new(JmxBeans.Of(meter, options, time));
    private readonly ConfPage _conf = new(configuration);
    private readonly LogLevelPage _logLevel = new(levels);

    /// <inheritdoc/>
    public ValueTask HandleAsync(HttpContext context, RestTarget target, Call call, CancellationToken aborted) => target.Path switch
    {
        "/jmx" or "/kms/jmx" => ShowAsync(context, target, call, options.RequiresAdmin, JmxAsync),
        "/conf" => ShowAsync(context, target, call, options.RequiresAdmin, ConfAsync),
        "/stacks" => ShowAsync(context, target, call, options.RequiresAdmin, static (http, _) => TextAsync(http, "text/plain;charset=utf-8", StacksPage.Render())),
        "/logLevel" => ShowAsync(context, target, call, needsAdmin: true, LogLevelAsync),
        "/metrics" => ShowAsync(context, target, call, options.RequiresAdmin && !options.OpenMetrics, MetricsAsync),
        "/prom" when options.Prometheus => ShowAsync(context, target, call, options.RequiresAdmin, MetricsAsync),
        _ => inner.HandleAsync(context, target, call, aborted),
    };

    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleOpenAsync(HttpContext context, RestTarget target)
    {
        if (!options.OpenMetrics || target.Path is not "/metrics" || !HttpMethods.IsGet(context.Request.Method))
        {
            return await inner.TryHandleOpenAsync(context, target);
        }

        await MetricsAsync(context, target);
        return true;
    }

    private async ValueTask ShowAsync(HttpContext context, RestTarget target, Call call, bool needsAdmin, Func<HttpContext, RestTarget, ValueTask> show)
    {
        string method = context.Request.Method;
        if (needsAdmin && options.Authorization && !options.Administrators.Matches(call.Caller))
        {
            await refuse(context, StatusCodes.Status403Forbidden, AdminOptions.Refusal);
        }
        else if (HttpMethods.IsOptions(method))
        {
            context.Response.Headers.Allow = "GET, HEAD, OPTIONS";
            context.Response.ContentType = "text/plain;charset=utf-8";
            context.Response.ContentLength = 0;
        }
        else if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            await show(context, target);
        }
        else
        {
            context.Response.Headers.Allow = "GET, HEAD, OPTIONS";
            await refuse(context, StatusCodes.Status405MethodNotAllowed, $"HTTP method {(method.All(char.IsAsciiLetterUpper) ? method : "?")} is not supported by this URL");
        }

        meter.Hadoop.AnsweredPage();
    }

    private ValueTask JmxAsync(HttpContext context, RestTarget target)
    {
        context.Response.Headers.AccessControlAllowMethods = "GET";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        return TextAsync(context, "application/json; charset=utf8", _jmx.Render(target.Parameter("get"), target.Parameter("qry")));
    }

    private ValueTask ConfAsync(HttpContext context, RestTarget target)
    {
        bool asJson = context.Request.Headers.Accept.ToString().Contains("json", StringComparison.OrdinalIgnoreCase);
        string type = asJson ? "application/json;charset=utf-8" : "text/xml;charset=utf-8";
        string? name = target.Parameter("name");
        if (_conf.Render(name, asJson) is { } text)
        {
            return TextAsync(context, type, text);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = $"Property {Plain(name!)} not found";
        context.Response.ContentType = type;
        context.Response.ContentLength = 0;
        return ValueTask.CompletedTask;
    }

    private ValueTask LogLevelAsync(HttpContext context, RestTarget target) =>
        TextAsync(context, "text/html;charset=utf-8", _logLevel.Render(target.Parameter("log"), target.Parameter("level")));

    private ValueTask MetricsAsync(HttpContext context, RestTarget target) => TextAsync(context, PrometheusText.ContentType, PrometheusText.Render(meter));

    private static async ValueTask TextAsync(HttpContext context, string type, string text)
    {
        HttpResponse response = context.Response;
        response.ContentType = type;
        response.Headers.CacheControl = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        byte[] body = Encoding.UTF8.GetBytes(text);
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    // A reason phrase is a header of sorts: no name from a query may begin a line in it.
    private static string Plain(string text) => string.Concat(text.Select(static c => c is >= ' ' and < '\u007f' ? c : '?'));
}
