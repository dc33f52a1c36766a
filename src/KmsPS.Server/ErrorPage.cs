using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace KmsPS.Server;

/// <summary>The pages that the front door answers with, as the servlet container of a stock server writes them.</summary>
/// <remarks>SOURCE: Jetty 9.4 ErrorHandler; recorded in auth/no-credentials. Written only for GET, POST and HEAD.</remarks>
internal static class ErrorPage
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes status, reason phrase and, where there may be one, the page.</summary>
    public static ValueTask WriteAsync(HttpContext context, int status, string reason) => WriteAsync(context, status, reason, failure: null);

    /// <summary>Writes status, reason phrase and, where there may be one, the page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="reason">The reason phrase, and what the page says.</param>
    /// <param name="failure">What the page says instead, where something failed.</param>
    public static async ValueTask WriteAsync(HttpContext context, int status, string reason, string? failure)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        ReasonPhrase.Set(context, reason);
        FrontDoorHeaders.Harden(response.Headers);
        string method = context.Request.Method;
        if (method is not ("GET" or "POST" or "HEAD"))
        {
            response.ContentLength = 0;
            return;
        }

        response.Headers.CacheControl = "must-revalidate,no-cache,no-store";
        (string Type, byte[] Body)? page = Render(context.Request, status, failure ?? reason, isFailure: failure is not null);
        response.ContentType = page?.Type;
        response.ContentLength = page?.Body.Length ?? 0;
        if (page is { } written && method != "HEAD")
        {
            await response.BodyWriter.WriteAsync(written.Body, context.RequestAborted);
        }
    }

    private static (string Type, byte[] Body)? Render(HttpRequest request, int status, string reason, bool isFailure)
    {
        string path = request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        int query = path.IndexOf('?', StringComparison.Ordinal);
        path = query < 0 ? path : path[..query];
        string servlet = path.StartsWith("/kms/", StringComparison.Ordinal) ? "webservices-driver" : path.TrimStart('/') is { Length: > 0 } name and ("jmx" or "conf" or "stacks" or "logLevel") ? name : "default";
        string code = status.ToString(CultureInfo.InvariantCulture);
        bool isUtf8 = request.Headers.AcceptCharset.ToString().Contains("utf-8", StringComparison.OrdinalIgnoreCase);
        string charset = isUtf8 ? "utf-8" : "iso-8859-1";
        Encoding encoding = isUtf8 ? Utf8 : Encoding.Latin1;
        return Form(request.Headers.Accept) switch
        {
            "text/html" => ($"text/html;charset={charset}", encoding.GetBytes(Html(charset.ToUpperInvariant(), code, isFailure ? reason : Escape(reason), path, servlet))),
            "text/plain" => ($"text/plain;charset={charset}", encoding.GetBytes($"HTTP ERROR {code} {reason}\nURI: {path}\nSTATUS: {code}\nMESSAGE: {reason}\nSERVLET: {servlet}\n")),
            { } json => (json, Utf8.GetBytes($$"""
                {
                "servlet":"{{Json(servlet)}}",
                "message":"{{Json(reason)}}",
                "url":"{{Json(path)}}",
                "status":"{{code}}"
                }
                """)),
            null => null,
        };
    }

    // The first entry that there is a form for decides, whatever its weight; a parameter other than that makes another type of it.
    private static string? Form(StringValues accept)
    {
        if (accept.Count == 0)
        {
            return "text/html";
        }

        foreach (string entry in accept.ToString().Split(','))
        {
            string[] parts = entry.Split(';', StringSplitOptions.TrimEntries);
            bool isPlain = parts.Skip(1).All(static parameter => parameter.StartsWith("q=", StringComparison.Ordinal));
            switch (parts[0])
            {
                case "text/html" or "*/*" when isPlain:
                    return "text/html";
                case "application/json" or "text/json" or "text/plain" when isPlain:
                    return parts[0];
                default:
                    continue;
            }
        }

        return null;
    }

    // SOURCE: a filter's message arrives escaped, and the page escapes it again; what an exception says arrives as it is.
    private static string Html(string charset, string code, string reason, string path, string servlet)
    {
        string message = Escape(reason);
        return $"""
            <html>
            <head>
            <meta http-equiv="Content-Type" content="text/html;charset={charset}"/>
            <title>Error {code} {message}</title>
            </head>
            <body><h2>HTTP ERROR {code} {message}</h2>
            <table>
            <tr><th>URI:</th><td>{Escape(path)}</td></tr>
            <tr><th>STATUS:</th><td>{code}</td></tr>
            <tr><th>MESSAGE:</th><td>{message}</td></tr>
            <tr><th>SERVLET:</th><td>{servlet}</td></tr>
            </table>

            </body>
            </html>

            """;
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Json(string text) => System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);
}
