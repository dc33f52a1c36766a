using Microsoft.AspNetCore.Http.Features;

namespace KmsPS.Server;

/// <summary>Reason phrases carry texts that Java clients look at; HTTP/2 has none.</summary>
internal static class ReasonPhrase
{
    private const int Longest = 4096;

    /// <summary>Sets it, with everything that could break a status line as a blank.</summary>
    public static void Set(HttpContext context, string reason)
    {
        ReadOnlySpan<char> kept = reason.AsSpan(0, Math.Min(reason.Length, Longest));
        string text = kept.ContainsAnyExceptInRange(' ', '~')
            ? string.Create(kept.Length, kept, static (to, from) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = from[i] is >= ' ' and <= '~' ? from[i] : ' ';
                }
            })
            : kept.ToString();
        context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = text;
    }
}
