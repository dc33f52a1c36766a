using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace KmsPS.Server;

/// <summary>Reads the name that a request has in the logs of others. SOURCE: W3C Trace Context §3.2, the header <c>traceparent</c>.</summary>
internal static class TraceParent
{
    private const int VersionLength = 2;
    private const int TraceLength = 32;
    private const int ShortestLength = 55;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The trace id: 32 hexadecimal digits in lower case; <see langword="null"/> where nobody gave one that is well formed.</summary>
    public static string? Read(StringValues header)
    {
        // Most requests have none, and they are asked this too.
        if (header.Count != 1 || header[0] is not { Length: >= ShortestLength } text || text[VersionLength] != '-' || text[VersionLength + 1 + TraceLength] != '-')
        {
            return null;
        }

        ReadOnlySpan<char> trace = text.AsSpan(VersionLength + 1, TraceLength);
        return !trace.ContainsAnyExcept(LowerHex) && trace.ContainsAnyExcept('0') ? trace.ToString() : null;
    }
}
