using System.Globalization;
using System.Security.Authentication;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Wire;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>Puts what servers and sockets say into our words. No text ever quotes a body or a query: material and tokens stand there.</summary>
internal static class RemoteFailures
{
    /// <summary>No answer came, or it broke off.</summary>
    public static RemoteFailure NoAnswer(Uri server, Exception failure, bool timedOut, RemoteOptions options, RemoteRequest request)
    {
        string host = Host(server);
        (string what, string remedy, FailureClass failureClass) = failure switch
        {
            OperationCanceledException { InnerException: TimeoutException } when !timedOut => (Seconds($"no connection within {options.ConnectTimeout.TotalSeconds:0.###} s"), "Is the host up, and the port open?", FailureClass.NotSent),
            OperationCanceledException => (Seconds($"no answer within {options.Timeout.TotalSeconds:0.###} s"), "Try again, or raise hadoop.security.kms.client.timeout.", FailureClass.Uncertain),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => ("the host name is not known", "Is the host name right?", FailureClass.NotSent),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } http => (Innermost(http), "Is the server running, and the port right?", FailureClass.NotSent),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } http => (Innermost(http), "Name the authority's file (kmsps.client.trust, Connect-KmsProvider -TrustPath), or the certificate's thumbprint if you know it (sha256:HEX, -Thumbprint).", FailureClass.NotSent),
            HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or IOException => ("the connection broke before the answer was complete", "Try again; the server's log may say more.", FailureClass.Uncertain),
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => ("it does not answer in HTTP", "Is the port the KMS's, and http or https right?", FailureClass.Uncertain),
            _ => ("the connection failed: " + Innermost(failure), "Try again; the server's log may say more.", FailureClass.Uncertain),
        };
        bool mayHaveHappened = failureClass == FailureClass.Uncertain && !request.IsIdempotent;
        string text = mayHaveHappened ? $"{host}: {what}; whether the request was carried out is not known" : $"{host}: {what}";
        KmsException error = new(ErrorKind.ServerUnavailable, text, mayHaveHappened ? "Look at the key before you try again." : remedy, isTransient: true, failure) { Subject = request.Subject ?? host };
        return new RemoteFailure(error, failureClass);
    }

    /// <summary>The answer is longer than we are willing to read.</summary>
    public static RemoteFailure TooLong(Uri server, int limit) => new(
        new KmsException(ErrorKind.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"{Host(server)}: the answer is longer than {limit} bytes"), "Raise kmsps.client.response.limit if the server is to be trusted."),
        FailureClass.Final);

    /// <summary>The answer is no JSON of the shape that was asked for.</summary>
    public static RemoteFailure Unreadable(RemoteAnswer answer, string problem) => new(
        new KmsException(ErrorKind.ServerError, string.Create(CultureInfo.InvariantCulture, $"{answer.Url} answered {answer.Status}, but {problem}"), "Is the URI that of a KMS?"),
        FailureClass.Uncertain);

    /// <summary>The server answered, but not with the status that means success.</summary>
    public static RemoteFailure Refused(RemoteRequest request, RemoteAnswer answer, IClientCredential credential)
    {
        if (answer.Status != 401 && answer.Body.Span.IndexOf("RemoteException"u8) >= 0)
        {
            KmsException told = KmsJson.ReadError(answer.Status, answer.Reason, answer.Body.Span);
            return new RemoteFailure(
                new KmsException(told.Kind, told.Message, told.Remedy ?? RemedyOf(told.Kind), told.IsTransient) { Subject = request.Subject, IsKeyLevel = told.IsKeyLevel },
                ClassOf(told));
        }

        string said = answer.Reason.Length > 0 ? $"{answer.Status} {Printable.Text(answer.Reason)}" : answer.Status.ToString(CultureInfo.InvariantCulture);
        (ErrorKind kind, string remedy) = answer.Status switch
        {
            404 when request is { IsAboutToken: true, IsAnonymous: true } => (ErrorKind.AuthenticationFailed, "The token was cancelled before, or has ended: nothing is left to cancel."),
            403 when request.IsAboutToken => (ErrorKind.AuthenticationFailed, "Only the renewer that the token names may renew it, and only while it lives."),
            401 => (ErrorKind.AuthenticationFailed, $"The sign-in was '{credential.Name}'; set kmsps.client.authentication to what the server wants."),
            403 => (ErrorKind.AuthenticationFailed, "The server refused before it looked at the request; see its log."),
            >= 300 and < 400 => (ErrorKind.ServerError, "Redirects are not followed, credentials go nowhere else; name the right host in the URI."),
            404 => (ErrorKind.ServerError, "Is the path right? It is usually /kms."),
            429 or 503 => (ErrorKind.ServerUnavailable, "Try again later."),
            _ => (ErrorKind.ServerError, "The server's log has the details."),
        };
        return new RemoteFailure(
            new KmsException(kind, $"{answer.Url} answered {said}", remedy, kind == ErrorKind.ServerUnavailable) { Subject = request.Subject },
            FailureClass.Uncertain);
    }

    /// <summary>What the caller is told after the last attempt.</summary>
    public static KmsException Final(RemoteRequest request, IReadOnlyList<RemoteFailure> failures)
    {
        RemoteFailure last = failures[^1];
        string[] texts = [.. failures.Select(static failure => failure.Error.Message).Distinct(StringComparer.Ordinal)];
        return last.Error.Kind != ErrorKind.ServerUnavailable || texts.Length == 1
            ? last.Error
            : new KmsException(ErrorKind.ServerUnavailable, "No server could be asked: " + string.Join("; ", texts), last.Error.Remedy, isTransient: true, last.Error) { Subject = request.Subject };
    }

    // A definite answer about a key is the same on every server; one about a server's own trouble is not.
    private static FailureClass ClassOf(KmsException error) =>
        error.Kind is ErrorKind.ServerError or ErrorKind.ServerUnavailable or ErrorKind.StoreUnavailable or ErrorKind.StoreCorrupt
            or ErrorKind.AuditUnavailable or ErrorKind.Internal or ErrorKind.AuthenticationFailed
            ? FailureClass.Uncertain
            : FailureClass.Final;

    private static string? RemedyOf(ErrorKind kind) => kind switch
    {
        ErrorKind.KeyNotFound => "Get-KmsKey lists the names that exist.",
        ErrorKind.KeyVersionNotFound => "Get-KmsKeyVersion lists a key's versions.",
        ErrorKind.KeyAlreadyExists => "Choose another name, or roll the key.",
        ErrorKind.KeyDisabled => "Get-KmsKey shows what holds; Resume-KmsKey allows its use again, Restore-KmsKey -Scheduled takes a planned deletion back.",
        ErrorKind.KeyVersionDestroyed => "Nothing brings it back but a backup; what was encrypted under it is lost.",
        ErrorKind.KeyDeleted => "Restore-KmsKey brings it back; Clear-KmsKey destroys it for good.",
        ErrorKind.ServerError => "The server's log has the details.",
        _ => null,
    };

    private static string Seconds(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
        {
            failure = inner;
        }

        string text = failure.Message.TrimEnd('.');
        return failure is AuthenticationException || text.Length < 200 ? text : text[..200];
    }

    private static string Host(Uri server) => server.GetLeftPart(UriPartial.Authority);
}
