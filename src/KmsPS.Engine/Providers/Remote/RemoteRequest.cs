using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>One request, the same for whichever server gets it.</summary>
/// <param name="Verb">What is asked; <see langword="null"/> for sign-in and token requests.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Target">Path below <c>/v1/</c> with its query, encoded.</param>
/// <param name="IsIdempotent">Whether doing it twice is the same as once.</param>
internal sealed record RemoteRequest(KmsOperation? Verb, HttpMethod Method, string Target, bool IsIdempotent = true)
{
    /// <summary>The JSON text to send, owned by the caller; <see langword="null"/> for none.</summary>
    public PooledBytes? Body { get; init; }

    /// <summary>The one status that means success.</summary>
    public int Success { get; init; } = 200;

    /// <summary>Whether the answer counts whoever it lets in: the question was how one signs in.</summary>
    public bool AsksHow { get; init; }

    /// <summary>Whether any 2xx will do.</summary>
    public bool AnySuccess { get; init; }

    /// <summary>What the request is about, for an error's subject.</summary>
    public string? Subject { get; init; }

    /// <summary>Whether a cookie of an earlier sign-in may stand for the credential; token requests demand the credential itself.</summary>
    public bool MayUseCookie { get; init; } = true;

    /// <summary>Whether it is about a delegation token. Refusals of those stand in the reason phrase alone, which HTTP/2 does not have.</summary>
    public bool IsAboutToken { get; init; }

    /// <summary>Whether the request goes without any credential: possession of the token in it is enough.</summary>
    public bool IsAnonymous { get; init; }
}
