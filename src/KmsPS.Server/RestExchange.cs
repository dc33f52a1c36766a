using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Server;

/// <summary>One request on its way through an endpoint.</summary>
/// <param name="http">The connection's side of it.</param>
/// <param name="target">What is asked for.</param>
/// <param name="call">Who asks.</param>
/// <param name="variable">The path variable, decoded; empty where the route has none.</param>
/// <param name="aborted">Ends when the client hangs up.</param>
internal sealed class RestExchange(HttpContext http, RestTarget target, Call call, string variable, CancellationToken aborted)
{
    private readonly Call _call = call;

    /// <summary>The connection's side of it.</summary>
    public HttpContext Http { get; } = http;

    /// <summary>What is asked for.</summary>
    public RestTarget Target { get; } = target;

    /// <summary>Ends when the client hangs up.</summary>
    public CancellationToken Aborted { get; } = aborted;

    /// <summary>Whether only the head of the answer is wanted.</summary>
    public bool IsHead => HttpMethods.IsHead(Http.Request.Method);

    /// <summary>Which operation was begun; <see langword="null"/> while the request is still being read.</summary>
    public KmsOperation? Begun { get; private set; }

    /// <summary>
    /// Hands the request over to the engine: from here on the pipeline decides and audits, also a failure. Everything that can be
    /// wrong with a request's form must have been found before.
    /// </summary>
    public Call Begin(KmsOperation operation)
    {
        Begun = operation;
        return _call;
    }

    /// <summary>The key that the path names. SOURCE: Hadoop KMS.checkNotEmpty.</summary>
    public KeyName Key() => KeyName.Sought(NotEmpty("name"));

    /// <summary>The same where a stock server asks the access lists before it looks whether there is a name.</summary>
    public KeyName KeyOrEmpty() => variable.Length > 0 ? KeyName.Sought(variable) : KeyName.Empty;

    /// <summary>The key version that the path names.</summary>
    public KeyVersionName Version() => KeyVersionName.Parse(NotEmpty("versionName"));

    private string NotEmpty(string parameter) => variable.Length > 0
        ? variable
        : throw new KmsException(ErrorKind.InvalidRequest, $"Parameter '{parameter}' cannot be empty", "Name it in the path.");
}
