using System.Text;

namespace KmsPS.Benchmarks.Load;

/// <summary>Ready-made request bytes.</summary>
internal static class Request
{
    public static byte[] Get(Uri server, string target, string? cookie = null) => Bytes($"GET {target} HTTP/1.1\r\n{Head(server, cookie)}\r\n", "");

    /// <summary>A POST or PUT with a JSON body.</summary>
    public static byte[] Json(Uri server, string method, string target, string body, string? cookie = null) =>
        Bytes($"{method} {target} HTTP/1.1\r\n{Head(server, cookie)}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n", body);

    private static string Head(Uri server, string? cookie) =>
        $"Host: {server.Authority}\r\nAccept: application/json\r\n{(cookie is null ? "" : $"Cookie: {cookie}\r\n")}";

    private static byte[] Bytes(string head, string body) => Encoding.UTF8.GetBytes(head + body);
}
