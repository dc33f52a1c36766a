using System.Globalization;
using KmsPS.Engine.Configuration;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace KmsPS.Server;

/// <summary>
/// The headers that the configuration adds to every answer, errors included: <c>hadoop.http.header.NAME</c>, and on TLS
/// <c>Strict-Transport-Security</c> for <c>kmsps.http.hsts.seconds</c>.
/// </summary>
/// <remarks>SOURCE: Hadoop HttpServer2.addXFrameOptions and setHeaders; recorded/auth/headers.</remarks>
internal sealed class ExtraHeaders
{
    private const string Prefix = "hadoop.http.header.";
    private const string HstsSeconds = "kmsps.http.hsts.seconds";

    private static readonly string[] Framing = [HeaderNames.Connection, HeaderNames.ContentLength, HeaderNames.TransferEncoding];

    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly StringValues _transportSecurity;

    private ExtraHeaders(KeyValuePair<string, StringValues>[] headers, StringValues transportSecurity)
    {
        _headers = headers;
        _transportSecurity = transportSecurity;
    }

    /// <summary>Those of the configuration; <see langword="null"/> where there are none.</summary>
    /// <exception cref="Engine.Errors.ConfigurationException">One would say where an answer ends.</exception>
    public static ExtraHeaders? From(KmsSettings settings)
    {
        if (Framing.FirstOrDefault(settings.Http.Headers.ContainsKey) is { } framing)
        {
            throw settings.Source.Bad(Prefix + framing, "would say where an answer ends, which the server alone knows", "Remove it.");
        }

        // An answer's own type is never replaced.
        KeyValuePair<string, StringValues>[] headers =
        [
            .. settings.Http.Headers.Where(static each => each.Key.Length > 0 && each.Value.Length > 0 && !each.Key.Equals(HeaderNames.ContentType, StringComparison.OrdinalIgnoreCase))
                .Select(static each => KeyValuePair.Create(each.Key, new StringValues(Latin(each.Value)))),
        ];
        long seconds = settings.Source.GetLong(HstsSeconds, 0, min: 0);
        string? transportSecurity = seconds == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"max-age={seconds}");
        return headers.Length == 0 && transportSecurity is null ? null : new ExtraHeaders(headers, transportSecurity);
    }

    /// <summary>Adds them when the answer begins.</summary>
    public void AddTo(HttpContext context) => context.Response.OnStarting(
        static state =>
        {
            (ExtraHeaders extra, HttpContext context) = ((ExtraHeaders, HttpContext))state;
            extra.Apply(context);
            return Task.CompletedTask;
        },
        (this, context));

    private void Apply(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        if (_transportSecurity.Count > 0 && context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = _transportSecurity;
        }

        foreach ((string name, StringValues value) in _headers)
        {
            bool isCaching = name.Equals(HeaderNames.CacheControl, StringComparison.OrdinalIgnoreCase);
            if (!isCaching)
            {
                headers[name] = value;
            }
            else if (headers.CacheControl is not [{ } own] || !own.StartsWith("must-revalidate", StringComparison.Ordinal))
            {
                // A page keeps its own; other answers have both.
                headers.CacheControl = StringValues.Concat(headers.CacheControl, value);
            }
        }
    }

    // SOURCE: Jetty writes the low byte of each character, and a blank for what is a control character then.
    private static string Latin(string value) => string.Create(value.Length, value, static (target, text) =>
    {
        for (int i = 0; i < target.Length; i++)
        {
            char low = (char)(text[i] & 0xFF);
            target[i] = char.IsControl(low) ? ' ' : low;
        }
    });
}
