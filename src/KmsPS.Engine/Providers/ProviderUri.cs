using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>
/// Where keys live: <c>sqlite://file@/abs/kms.db</c>, <c>jceks://file@/abs/kms.keystore</c>, <c>kms://https@host:9600/kms</c> and
/// so on. The inner scheme and authority are split at the first <c>@</c>. SOURCE: Hadoop ProviderUtils.unnestUri.
/// </summary>
public sealed record ProviderUri
{
    private ProviderUri(string text, string scheme, string rest)
    {
        Text = text;
        Scheme = scheme;
        Rest = rest;
    }

    /// <summary>The URI as it was given; error texts of a stock server quote it so.</summary>
    public string Text { get; }

    /// <summary>Lower-case text before the first colon.</summary>
    public string Scheme { get; }

    /// <summary>Everything after the first colon.</summary>
    public string Rest { get; }

    /// <summary>Reads a URI.</summary>
    /// <exception cref="ConfigurationException">There is no scheme.</exception>
    public static ProviderUri Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        int colon = trimmed.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && trimmed[..colon].All(static c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')
            ? new ProviderUri(trimmed, trimmed[..colon], trimmed[(colon + 1)..])
            : throw new ConfigurationException($"'{Printable.Text(Redact(text))}' is no provider URI", remedy: "Write scheme://…, for example sqlite://file@/var/lib/kmsps/kms.db or kms://https@host:9600/kms.");
    }

    /// <summary>The path of a <c>scheme://file@/path</c> URI.</summary>
    /// <exception cref="ConfigurationException">It names no absolute local path.</exception>
    public string LocalPath()
    {
        foreach (string opening in (ReadOnlySpan<string>)["//file@/", "//file/"])
        {
            if (Rest.StartsWith(opening, StringComparison.Ordinal))
            {
                string path = "/" + Uri.UnescapeDataString(Rest[opening.Length..]).TrimStart('/');
                return OperatingSystem.IsWindows() && path.Length > 2 && path[2] == ':' ? path[1..] : path;
            }
        }

        throw new ConfigurationException($"'{this}' names no local file", remedy: $"Write {Scheme}://file@/absolute/path.");
    }

    /// <summary>The URI without a password that may stand in it.</summary>
    public override string ToString() => Redact(Text);

    private static string Redact(string text)
    {
        // user:password@ before a host; pin-value= of RFC 7512; password= of a query.
        int slashes = text.IndexOf("//", StringComparison.Ordinal);
        int at = text.LastIndexOf('@');
        if (slashes >= 0 && at > slashes)
        {
            int colon = text.IndexOf(':', slashes);
            if (colon > 0 && colon < at)
            {
                text = string.Concat(text.AsSpan(0, colon + 1), "***", text.AsSpan(at));
            }
        }

        foreach (string word in (ReadOnlySpan<string>)["pin-value=", "password="])
        {
            int start = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (start >= 0)
            {
                int end = text.AsSpan(start).IndexOfAny('&', ';');
                text = string.Concat(text.AsSpan(0, start + word.Length), "***", end < 0 ? "" : text.AsSpan(start + end));
            }
        }

        return text;
    }
}
