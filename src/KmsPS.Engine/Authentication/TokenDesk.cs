using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>Hands out, renews and cancels delegation tokens for requests with <c>op=…DELEGATIONTOKEN</c>, on any path.</summary>
/// <remarks>SOURCE: Hadoop DelegationTokenAuthenticationHandler.managementOperation.</remarks>
internal sealed class TokenDesk(DelegationTokenManager tokens, IAuthenticator scheme, IIdentityDesk identities)
{
    private static readonly TokenOperation[] Operations =
    [
        new("GETDELEGATIONTOKEN", "GET", NeedsToken: false),
        new("RENEWDELEGATIONTOKEN", "PUT", NeedsToken: true),
        new("CANCELDELEGATIONTOKEN", "PUT", NeedsToken: true),
    ];

    /// <summary>The operation that a request asks for; <see langword="null"/> for none. OPTIONS never is one.</summary>
    internal static TokenOperation? OperationOf(in Credentials credentials)
    {
        if (credentials.Parameters.Operation is not { Length: > 0 } name || credentials.Method == "OPTIONS")
        {
            return null;
        }

        return Array.Find(Operations, each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Does it. No cookie is issued on this way.</summary>
    internal async ValueTask<SignInResult> HandleAsync(TokenOperation operation, Credentials credentials, VerifiedCredential? session, SignInCookie cookies, CancellationToken cancellationToken)
    {
        if (credentials.Method != operation.Method)
        {
            return Page(400, $"Wrong HTTP method [{credentials.Method}] for operation [{operation.Name}], it should be [{operation.Method}]");
        }

        Caller? caller = session?.Caller;
        string? user = session?.User;
        string? challenge = null;
        try
        {
            // Possession of a token is enough to cancel it: stock clients do so without any credentials.
            if (caller is null && operation != Operations[2])
            {
                AuthenticationOutcome outcome = await scheme.AuthenticateAsync(credentials, cancellationToken).ConfigureAwait(false);
                if (outcome.Principal is not { } principal)
                {
                    return Unknown(outcome, cookies);
                }

                challenge = outcome.Challenge;
                user = outcome.User ?? principal;
                caller = await identities.CallerOfAsync(principal, (outcome.Scheme ?? scheme.Schemes[0]).Method, null, cancellationToken).ConfigureAwait(false);
            }

            string realUser = "";
            if (caller is not null && credentials.Parameters.DoAs is { } target)
            {
                caller = await SignInDesk.ProxiedAsync(identities, target, caller, credentials, caller.ShortName, cancellationToken).ConfigureAwait(false);
                (realUser, user) = (user!, target);
            }

            SignInResult done = operation.NeedsToken
                ? await ChangeAsync(operation, credentials, caller, cookies, cancellationToken).ConfigureAwait(false)
                : await IssueAsync(credentials.Parameters, caller!, user!, realUser, cancellationToken).ConfigureAwait(false);
            return done with { Challenge = challenge };
        }
        catch (KmsException refused) when (refused is { Kind: ErrorKind.AuthenticationFailed, IsTransient: false })
        {
            return Page(403, refused.Message) with { Challenge = challenge };
        }
        catch (KmsException refused) when (refused.Kind == ErrorKind.AccessDenied)
        {
            return new SignInResult(null, new SignInAnswer(403, AnswerForm.Envelope, Failure: refused), null, challenge);
        }
    }

    // The handler's raw answer: not the page that other requests get.
    private SignInResult Unknown(AuthenticationOutcome outcome, SignInCookie cookies)
    {
        if (outcome.Failure is { } failure)
        {
            return new SignInResult(null, SignInAnswer.Failed(failure), null, outcome.Challenge);
        }

        if (outcome.Problem is { } problem)
        {
            return new SignInResult(null, new SignInAnswer(403, AnswerForm.Page, problem, AuditText: scheme.Schemes[0].Method == AuthenticationMethod.Simple ? null : problem), cookies.Clear());
        }

        return outcome.IsAnonymous
            ? Page(403, "Anonymous requests are disallowed")
            : new SignInResult(null, new SignInAnswer(outcome.Challenge is null or "PseudoAuth" ? 403 : 401, AnswerForm.Nothing, AuditText: outcome.Challenge is null or "PseudoAuth" ? null : "null"), null, outcome.Challenge);
    }

    private static SignInResult Page(int status, string reason) => new(null, new SignInAnswer(status, AnswerForm.Page, reason));

    private static SignInResult Json(string body) => new(null, new SignInAnswer(200, AnswerForm.Json, Body: body));

    private async ValueTask<SignInResult> IssueAsync(SignInParameters parameters, Caller caller, string owner, string realUser, CancellationToken cancellationToken)
    {
        string renewer = parameters.Renewer switch
        {
            null => caller.ShortName,
            "" => "",
            { } named => identities.ShortNameOf(named),
        };
        DelegationToken token = await tokens.IssueAsync(owner, renewer, realUser, parameters.Service ?? "", cancellationToken).ConfigureAwait(false);
        return Json($$$"""{"Token":{"urlString":"{{{token.Encode()}}}"}}""");
    }

    private async ValueTask<SignInResult> ChangeAsync(TokenOperation operation, Credentials credentials, Caller? caller, SignInCookie cookies, CancellationToken cancellationToken)
    {
        if (credentials.Parameters.Token is not { } text)
        {
            return Page(400, $"Operation [{operation.Name}] requires the parameter [token]");
        }

        bool isRenewal = operation == Operations[1];
        try
        {
            DelegationToken token = DelegationToken.Decode(text);
            if (isRenewal)
            {
                long until = await tokens.RenewAsync(token, caller!.ShortName, cancellationToken).ConfigureAwait(false);
                return Json(string.Create(CultureInfo.InvariantCulture, $$"""{"long":{{until}}}"""));
            }

            await tokens.CancelAsync(token, caller?.ShortName, cancellationToken).ConfigureAwait(false);
            return new SignInResult(null, new SignInAnswer(200, AnswerForm.Nothing));
        }
        catch (KmsException refused) when (refused.Kind == ErrorKind.AuthenticationFailed)
        {
            (int status, string reason) = isRenewal ? (403, refused.Message) : (404, "Invalid delegation token, cannot cancel");
            return new SignInResult(null, new SignInAnswer(status, AnswerForm.Page, reason, AuditText: refused.Message), isRenewal ? cookies.Clear() : null);
        }
    }
}

/// <summary>An operation on tokens.</summary>
internal sealed record TokenOperation(string Name, string Method, bool NeedsToken);
