using System.Net;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Identity;

namespace KmsPS.Server;

/// <summary>What stays the same for all requests of a connection; made once, so that a request allocates none of it.</summary>
internal sealed class ConnectionFacts(IPAddress? address, bool isTls, SignInCookie cookies, CertificateUser? user, bool isOverLimit, CancellationToken? aborted)
{
    private readonly string? _text = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4().ToString() : address?.ToString();
    private CallOrigin? _get;
    private CallOrigin? _post;

    /// <summary>The socket's other end.</summary>
    public IPAddress? Address { get; } = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    /// <summary>How cookies are written here.</summary>
    public SignInCookie Cookies { get; } = cookies;

    /// <summary>Whom the client certificate stands for; <see langword="null"/> for nobody.</summary>
    public CertificateUser? User { get; } = user;

    /// <summary>The caller of <see cref="User"/>, once it has signed in on this connection.</summary>
    public Caller? Known { get; set; }

    /// <summary>The cookie it sent last.</summary>
    public LastCookie LastCookie { get; } = new();

    /// <summary>
    /// Ends when the client hangs up, where that ends a request too: on HTTP/1.1. A request's own token costs a lock and an allocation each.
    /// <see langword="null"/> where a request may end alone.
    /// </summary>
    public CancellationToken? Aborted { get; } = aborted;

    /// <summary>Whether the connection is one too many: its first request is turned away, and it is closed.</summary>
    public bool IsOverLimit { get; } = isOverLimit;

    /// <summary>The origin of a call by that method.</summary>
    public CallOrigin Origin(string method) => method switch
    {
        "GET" => _get ??= New(method),
        "POST" => _post ??= New(method),
        _ => New(method),
    };

    private CallOrigin New(string method) => new(_text, method, isTls ? "https" : "http");
}
