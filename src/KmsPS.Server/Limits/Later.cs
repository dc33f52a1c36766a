using System.Globalization;
using KmsPS.Engine.Wire;

namespace KmsPS.Server.Limits;

/// <summary>Tells a caller to come back later: 503 where the server has too much to do, 429 where the caller asks too often.</summary>
internal static class Later
{
    /// <summary>How long a caller should wait for a server that is busy.</summary>
    public static readonly TimeSpan Busy = TimeSpan.FromSeconds(2);

    /// <summary>Writes the answer, in the envelope that every client of a KMS reads.</summary>
    public static async ValueTask WriteAsync(HttpContext context, int status, TimeSpan wait, string message, DateTimeOffset now)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        FrontDoorHeaders.HardenRest(response.Headers, now);
        response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        response.ContentType = "application/json";
        using ResponseBuffer body = new();
        KmsJson.Write(body, RemoteErrors.ComeBackLater(status, message));
        bool isHead = HttpMethods.IsHead(context.Request.Method);
        response.ContentLength = isHead ? 0 : body.Written.Length;
        if (!isHead)
        {
            await response.BodyWriter.WriteAsync(body.Written, context.RequestAborted);
        }
    }
}
