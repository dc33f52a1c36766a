namespace KmsPS.Engine.Identity;

/// <summary>One request: who asks, and whence. It travels with the request and is written into the audit log.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Origin">Whence; shared by the requests of a connection.</param>
/// <param name="TraceId">Names this request in logs; <see langword="null"/> where nobody asked for one.</param>
public readonly record struct Call(Caller Caller, CallOrigin Origin, string? TraceId = null);

/// <summary>Where a request came from.</summary>
/// <param name="Address">Address of the socket's other end; <see langword="null"/> in the process itself.</param>
/// <param name="Method">HTTP method, or the name of a cmdlet.</param>
/// <param name="Door">Which way it came in: <c>http</c>, <c>https</c> or <c>embedded</c>.</param>
public sealed record CallOrigin(string? Address, string Method, string Door)
{
    /// <summary>A call in the process itself.</summary>
    public static CallOrigin Embedded(string method) => new(null, method, "embedded");
}
