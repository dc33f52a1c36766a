using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>A request as it came over the socket.</summary>
public sealed record SeenRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Path => Target.Split('?')[0];

    /// <summary>Decoded parameters in their order; <paramref name="plusIsBlank"/> for texts that Java encoded as forms.</summary>
    public IEnumerable<string> Query(bool plusIsBlank = false) => Target.Contains('?', StringComparison.Ordinal)
        ? Target.Split('?', 2)[1].Split('&').Select(part => Uri.UnescapeDataString(plusIsBlank ? part.Replace('+', ' ') : part))
        : [];
}

/// <summary>What to answer: text as it goes over the socket, or no answer at all.</summary>
public sealed record Reply(string? Text, bool Closes = false, bool Stalls = false)
{
    public static Reply Closed { get; } = new(null, Closes: true);

    public static Reply Silent { get; } = new(null, Stalls: true);

    public static Reply Json(string body, int status = 200, params string[] headers) => Of($"HTTP/1.1 {status} x", ["Content-Type: application/json", .. headers], body);

    public static Reply Of(string statusLine, IEnumerable<string> headers, string body)
    {
        string[] kept = [.. headers.Where(static header => !header.StartsWith("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))];
        bool closes = kept.Contains("Connection: close", StringComparer.OrdinalIgnoreCase);
        bool hasLength = kept.Any(static header => header.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase));
        string[] length = hasLength || closes || statusLine.Contains(" 100 ", StringComparison.Ordinal) || statusLine.Contains(" 204 ", StringComparison.Ordinal) ? [] : [$"Content-Length: {Encoding.UTF8.GetByteCount(body)}"];
        return new Reply(string.Join("\r\n", [statusLine, .. kept, .. length, "", body]), closes);
    }
}

/// <summary>A server on loopback that says what a test tells it, byte by byte, and remembers what it was asked.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private readonly ConcurrentQueue<Reply> _script = new();
    private readonly Task _accepting;

    public ScriptedServer(Func<SeenRequest, Reply>? otherwise = null)
    {
        Otherwise = otherwise ?? (static _ => Reply.Json("[ ]"));
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public Func<SeenRequest, Reply> Otherwise { get; set; }

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public string Uri => $"kms://http@127.0.0.1:{Port}/kms";

    public ScriptedServer Then(params IEnumerable<Reply> replies)
    {
        foreach (Reply reply in replies)
        {
            _script.Enqueue(reply);
        }

        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                while (await ReadAsync(stream) is { } request)
                {
                    _seen.Enqueue(request);
                    Reply reply = _script.TryDequeue(out Reply? next) ? next : Otherwise(request);
                    if (reply.Stalls)
                    {
                        await Task.Delay(System.Threading.Timeout.Infinite, _stop.Token);
                    }

                    if (reply.Text is not null)
                    {
                        await stream.WriteAsync(Encoding.UTF8.GetBytes(reply.Text), _stop.Token);
                    }

                    if (reply.Closes)
                    {
                        return;
                    }
                }
            }
            catch (Exception end) when (end is OperationCanceledException or IOException)
            {
                return; // The test is over, or the client went.
            }
        }
    }

    private async Task<SeenRequest?> ReadAsync(NetworkStream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head.Count < 4 || !(head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        return await WithBodyAsync(Encoding.UTF8.GetString([.. head]), stream);
    }

    private async Task<SeenRequest> WithBodyAsync(string head, NetworkStream stream)
    {
        SeenRequest request = Parse(head, "");
        byte[] body = new byte[request.Headers.TryGetValue("Content-Length", out string? length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return request with { Body = Encoding.UTF8.GetString(body) };
    }

    /// <summary>Reads the text of a request.</summary>
    public static SeenRequest Parse(string head, string body)
    {
        string[] lines = head.TrimEnd().Split("\r\n");
        string[] first = lines[0].Split(' ');
        return new SeenRequest(first[0], first[1], lines[1..].Select(static line => line.Split(": ", 2)).ToDictionary(static pair => pair[0], static pair => pair[^1], StringComparer.OrdinalIgnoreCase), body);
    }
}
