using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Wire;

/// <summary>An error as it travels: status, Java class and first line of the message.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="JavaClass">Full name of the class that a Java client throws.</param>
/// <param name="Message">First line only, or <see langword="null"/>.</param>
public readonly record struct RemoteError(int Status, string JavaClass, string? Message)
{
    /// <summary>The class's simple name.</summary>
    public string Exception => JavaClass[(JavaClass.AsSpan().LastIndexOfAny('.', '$') + 1)..];
}

/// <summary>One table between what failed here and what a client is told, used in both directions.</summary>
public static class RemoteErrors
{
    private const string IOException = "java.io.IOException";
    private const string IllegalArgument = "java.lang.IllegalArgumentException";

    /// <summary>What a client is told about <paramref name="failure"/>. SOURCE: Hadoop KMSExceptionsProvider.toResponse.</summary>
    public static RemoteError Describe(KmsOperation? verb, Exception failure)
    {
        RemoteError plain = failure is KmsException known
            ? new RemoteError(StatusOf(known.Kind), ClassOf(known.Kind), FirstLine(known.Message))
            : new RemoteError(500, IOException, "Internal error; the server's log has the details.");
        _ = verb;
        return plain;
    }

    private static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.AccessDenied or ErrorKind.AuthenticationFailed => 403,
        ErrorKind.InvalidRequest or ErrorKind.KeyNameInvalid or ErrorKind.CipherUnsupported or ErrorKind.LengthInvalid
            or ErrorKind.KeyVersionNotFound or ErrorKind.KeyVersionMismatch or ErrorKind.Unsupported or ErrorKind.LimitExceeded => 400,
        ErrorKind.StoreUnavailable or ErrorKind.AuditUnavailable or ErrorKind.ServerUnavailable => 503,
        _ => 500,
    };

    private static string ClassOf(ErrorKind kind) => kind switch
    {
        ErrorKind.AccessDenied => "org.apache.hadoop.security.authorize.AuthorizationException",
        ErrorKind.AuthenticationFailed => "org.apache.hadoop.security.authentication.client.AuthenticationException",
        ErrorKind.CipherUnsupported or ErrorKind.LengthInvalid => "java.security.InvalidParameterException",
        ErrorKind.Unsupported => "java.lang.UnsupportedOperationException",
        ErrorKind.InvalidRequest or ErrorKind.KeyNameInvalid or ErrorKind.KeyVersionNotFound or ErrorKind.KeyVersionMismatch or ErrorKind.LimitExceeded => IllegalArgument,
        _ => IOException,
    };

    private static string FirstLine(string text) => text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? text[..end] : text;
}
