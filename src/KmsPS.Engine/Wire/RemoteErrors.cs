using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Wire;

/// <summary>One table between what failed here and what a client is told, used in both directions.</summary>
public static class RemoteErrors
{
    /// <summary>What a client is told about <paramref name="failure"/>. SOURCE: Hadoop KMSExceptionsProvider.toResponse.</summary>
    /// <param name="verb">The operation that failed; <see langword="null"/> when it failed before it was known.</param>
    /// <param name="failure">What was thrown. Of what is no <see cref="KmsException"/>, nothing is told.</param>
    public static RemoteError Describe(KmsOperation? verb, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (failure is not KmsException known)
        {
            return new RemoteError(500, JavaClasses.IOException, "Internal error; the server's log has the details.");
        }

        RemoteError plain = new(StatusOf(known.Kind), ClassOf(known.Kind), FirstLine(known.Message));
        return verb == KmsOperation.GenerateEek ? Generating(known, plain) : plain;
    }

    /// <summary>A request for something that is not there. The text is the one a stock server gives.</summary>
    public static RemoteError NoSuchResource(string uri) => new(404, JavaClasses.NotFound, $"null for uri: {FirstLine(uri)}");

    /// <summary>A request with a wrong method (405) or a body of a wrong type (415).</summary>
    public static RemoteError NotServed(int status, string message) => new(status, JavaClasses.WebApplication, message);

    /// <summary>A body over the limit (413).</summary>
    public static RemoteError TooLarge(string message) => new(413, JavaClasses.IllegalArgument, message);

    /// <summary>A request that a limit turned away: 503 where the server has too much to do, 429 where the caller asks too often.</summary>
    public static RemoteError ComeBackLater(int status, string message) => new(status, JavaClasses.IOException, message);

    /// <summary>The exception that an answer stands for: the reverse of <see cref="Describe"/>, for a client.</summary>
    /// <param name="status">HTTP status of the answer.</param>
    /// <param name="javaClass">Class of its envelope; <see langword="null"/> when the body is no envelope.</param>
    /// <param name="message">Message of its envelope, or the reason phrase.</param>
    public static KmsException Understand(int status, string? javaClass, string? message)
    {
        string text = message ?? javaClass ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"HTTP status {status}");
        return javaClass switch
        {
            JavaClasses.Authorization or JavaClasses.AccessControl or JavaClasses.Security => Refused(text),
            JavaClasses.Authentication => new KmsException(ErrorKind.AuthenticationFailed, text, "Sign in again."),
            JavaClasses.UnsupportedOperation => new KmsException(ErrorKind.Unsupported, text),
            JavaClasses.InvalidParameter => new KmsException(text.StartsWith("Wrong keysize", StringComparison.Ordinal) ? ErrorKind.LengthInvalid : ErrorKind.CipherUnsupported, text),
            JavaClasses.IllegalArgument => new KmsException(status == 413 ? ErrorKind.LimitExceeded : OfArgument(text), text),
            null => WithoutClass(status, text),
            _ when Unwrap(text) is { } inner => Understand(status, inner.JavaClass, inner.Message),
            _ => status == 429 ? TooOften(text) : status == 503
                ? new KmsException(ErrorKind.StoreUnavailable, text, "Try again later.", isTransient: true)
                : new KmsException(OfFailure(text), text),
        };
    }

    // SOURCE: Hadoop KMS.generateEncryptedKeys wraps whatever fails inside of the provider once more, so that even a refusal by a
    // key's own list becomes a 500. What only we refuse stays the 4xx that it is.
    private static RemoteError Generating(KmsException failure, RemoteError plain) => failure switch
    {
        { Kind: ErrorKind.AccessDenied, IsKeyLevel: false } or { Kind: ErrorKind.KeyDisabled or ErrorKind.KeyVersionDestroyed or ErrorKind.InvalidRequest or ErrorKind.KeyNameInvalid or ErrorKind.LimitExceeded } => plain,
        { IsTransient: true } => plain,
        { Kind: ErrorKind.KeyNotFound } => Wrapped($"{JavaClasses.UncheckedExecution}: {JavaClasses.NullPointer}: {plain.Message}"),
        { Kind: ErrorKind.CryptoFailed } => Wrapped($"{JavaClasses.IOException}: {JavaClasses.Execution}: {JavaClasses.IOException}: {plain.Message}"),
        _ => Wrapped($"{plain.JavaClass}: {plain.Message}"),
    };

    private static RemoteError Wrapped(string message) => new(500, JavaClasses.IOException, message);

    private static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.AccessDenied or ErrorKind.AuthenticationFailed or ErrorKind.KeyDisabled or ErrorKind.KeyVersionDestroyed => 403,
        ErrorKind.InvalidRequest or ErrorKind.KeyNameInvalid or ErrorKind.CipherUnsupported or ErrorKind.LengthInvalid
            or ErrorKind.KeyVersionNotFound or ErrorKind.KeyVersionMismatch or ErrorKind.Unsupported or ErrorKind.LimitExceeded => 400,
        ErrorKind.StoreUnavailable or ErrorKind.AuditUnavailable or ErrorKind.ServerUnavailable => 503,
        _ => 500,
    };

    private static string ClassOf(ErrorKind kind) => kind switch
    {
        // A stock server knows no disabled keys. This class stops the retries of stock clients and reaches their callers as "access denied".
        ErrorKind.AccessDenied or ErrorKind.KeyDisabled or ErrorKind.KeyVersionDestroyed => JavaClasses.Authorization,
        ErrorKind.AuthenticationFailed => JavaClasses.Authentication,
        ErrorKind.CipherUnsupported or ErrorKind.LengthInvalid => JavaClasses.InvalidParameter,
        ErrorKind.Unsupported => JavaClasses.UnsupportedOperation,
        ErrorKind.InvalidRequest or ErrorKind.KeyNameInvalid or ErrorKind.KeyVersionNotFound or ErrorKind.KeyVersionMismatch or ErrorKind.LimitExceeded => JavaClasses.IllegalArgument,
        _ => JavaClasses.IOException,
    };

    private static KmsException TooOften(string text) => new(ErrorKind.LimitExceeded, text, "Wait, and ask less often.", isTransient: true);

    private static KmsException Refused(string text) => OfLimit(text) is { } kind
        ? new KmsException(kind, text)
        : new KmsException(ErrorKind.AccessDenied, text, "Test-KmsAccess -Detailed explains the rules of a server.") { IsKeyLevel = text.StartsWith("User [", StringComparison.Ordinal) };

    // No text of Hadoop's refusals begins with these words.
    private static ErrorKind? OfLimit(string text) => text.StartsWith("KeyVersion '", StringComparison.Ordinal) || text.StartsWith("Key ", StringComparison.Ordinal)
        ? text.EndsWith("' was destroyed", StringComparison.Ordinal) ? ErrorKind.KeyVersionDestroyed
            : text.EndsWith(" is disabled", StringComparison.Ordinal) || text.EndsWith(" is disabled until then", StringComparison.Ordinal) ? ErrorKind.KeyDisabled
            : null
        : null;

    // The texts are those of KeyFaults and of Hadoop; they are the only thing that tells one cause from another on the wire.
    private static ErrorKind OfArgument(string text) => text switch
    {
        _ when text.Contains("' does not belong to the key '", StringComparison.Ordinal) => ErrorKind.KeyVersionMismatch,
        _ when text.StartsWith('\'') && text.EndsWith("' not found", StringComparison.Ordinal) => ErrorKind.KeyVersionNotFound,
        _ when text.Contains("is no key name", StringComparison.Ordinal) || text.StartsWith("Uppercase key names", StringComparison.Ordinal) => ErrorKind.KeyNameInvalid,
        _ when text.Contains("at most", StringComparison.Ordinal) && text.Contains("in one request", StringComparison.Ordinal) => ErrorKind.LimitExceeded,
        _ => ErrorKind.InvalidRequest,
    };

    private static ErrorKind OfFailure(string text) => text switch
    {
        _ when text.Contains("as a deleted key", StringComparison.Ordinal) => ErrorKind.KeyDeleted,
        _ when text.Contains(" already exists in ", StringComparison.Ordinal) => ErrorKind.KeyAlreadyExists,
        _ when text.StartsWith("KeyVersion name '", StringComparison.Ordinal) => ErrorKind.KeyVersionNotFound,
        _ when text.StartsWith("Wrong key length", StringComparison.Ordinal) => ErrorKind.MaterialLengthInvalid,
        _ when text.StartsWith("java.security.Invalid", StringComparison.Ordinal) => ErrorKind.CryptoFailed,
        _ when text.Contains("was not changed: ", StringComparison.Ordinal) => ErrorKind.Conflict,
        _ when IsKeyNotFound(text) => ErrorKind.KeyNotFound,
        _ => ErrorKind.ServerError,
    };

    private static bool IsKeyNotFound(string text) =>
        text.StartsWith("Can't find Metadata for key ", StringComparison.Ordinal)
        || text.StartsWith("No KeyVersion exists for key ", StringComparison.Ordinal)
        || (text.StartsWith("Key ", StringComparison.Ordinal)
            && (text.Contains(" does not exist", StringComparison.Ordinal) || text.EndsWith(" not found", StringComparison.Ordinal) || text.Contains(" not found in ", StringComparison.Ordinal)));

    private static KmsException WithoutClass(int status, string text) => status switch
    {
        401 => new KmsException(ErrorKind.AuthenticationFailed, text, "Sign in, or check the server's clock and the credentials."),
        403 => Refused(text),
        413 => new KmsException(ErrorKind.LimitExceeded, text),
        429 => TooOften(text),
        502 or 503 or 504 => new KmsException(ErrorKind.ServerUnavailable, text, "Try again later.", isTransient: true),
        >= 400 and < 500 => new KmsException(ErrorKind.InvalidRequest, text),
        _ => new KmsException(ErrorKind.ServerError, text),
    };

    // Undoes the wrapping of GENERATE_EEK: "java.class.Name: message", perhaps several times.
    private static (string JavaClass, string Message)? Unwrap(string text)
    {
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        string name = colon > 0 ? text[..colon] : "";
        return name is JavaClasses.IOException or JavaClasses.UncheckedExecution or JavaClasses.Execution or JavaClasses.NullPointer
            or JavaClasses.Authorization or JavaClasses.IllegalArgument or JavaClasses.InvalidParameter or JavaClasses.UnsupportedOperation
            ? (name, text[(colon + 2)..])
            : null;
    }

    private static string FirstLine(string text) => text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? text[..end] : text;
}
