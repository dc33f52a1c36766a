using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>How an answer of the front door looks.</summary>
public enum AnswerForm
{
    /// <summary>A page with the reason, in the form that the client accepts; only for methods that have a body.</summary>
    Page,

    /// <summary>The JSON envelope of <see cref="SignInAnswer.Failure"/>.</summary>
    Envelope,

    /// <summary>Compact JSON in <see cref="SignInAnswer.Body"/>.</summary>
    Json,

    /// <summary>No body.</summary>
    Nothing,
}

/// <summary>The whole answer to a request that ends at the front door.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Form">What the body is.</param>
/// <param name="Reason">The reason phrase; <see langword="null"/> for the status's own.</param>
/// <param name="Body">The body, where it is JSON; of a page its message, where that is not the reason.</param>
/// <param name="Failure">What is told in an envelope.</param>
/// <param name="AuditText">What the audit log says of a caller who was not identified; <see langword="null"/> where it says nothing.</param>
public sealed record SignInAnswer(int Status, AnswerForm Form, string? Reason = null, string? Body = null, KmsException? Failure = null, string? AuditText = null)
{
    /// <summary>A page of a 500 that says what failed.</summary>
    internal static SignInAnswer Failed(string what) => new(500, AnswerForm.Page, "Server Error", what);
}

/// <summary>What became of a sign-in: either a caller or an answer.</summary>
/// <param name="Caller">Who asks; the request goes on.</param>
/// <param name="Answer">The answer; the request ends here.</param>
/// <param name="SetCookie">The <c>Set-Cookie</c> header that goes with either.</param>
/// <param name="Challenge">The <c>WWW-Authenticate</c> header that goes with either.</param>
public readonly record struct SignInResult(Caller? Caller, SignInAnswer? Answer = null, string? SetCookie = null, string? Challenge = null);
