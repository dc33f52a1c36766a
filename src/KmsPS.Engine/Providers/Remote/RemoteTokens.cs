using System.Text.Json;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>Delegation tokens of a remote KMS. SOURCE: Hadoop DelegationTokenAuthenticator.</summary>
/// <remarks>Token texts are bearer secrets: they come and go as text, as HTTP headers do, and stand in no message.</remarks>
public sealed class RemoteTokens
{
    private readonly RemoteTransport _transport;

    internal RemoteTokens(RemoteTransport transport) => _transport = transport;

    /// <summary>Gets a token for the caller (or for whom it impersonates).</summary>
    /// <param name="renewer">Who may renew it; <see langword="null"/> for the caller.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The token's text, as <see cref="TokenCredential"/> takes it.</returns>
    public ValueTask<string> GetAsync(string? renewer, CancellationToken cancellationToken) => _transport.SendAsync(
        new RemoteRequest(null, HttpMethod.Get, "?op=GETDELEGATIONTOKEN" + Parameter("renewer", renewer), IsIdempotent: false) { MayUseCookie = false, IsAboutToken = true },
        static answer => Member(answer, static root => root.GetProperty("Token").GetProperty("urlString").GetString()) ?? throw RemoteFailures.Unreadable(answer, "without a token"),
        cancellationToken);

    /// <summary>Renews a token; returns when it now expires.</summary>
    public ValueTask<DateTimeOffset> RenewAsync(string token, CancellationToken cancellationToken) => _transport.SendAsync(
        new RemoteRequest(null, HttpMethod.Put, "?op=RENEWDELEGATIONTOKEN" + Parameter("token", token), IsIdempotent: false) { MayUseCookie = false, IsAboutToken = true },
        static answer => JavaTime.At(Member(answer, static root => root.GetProperty("long").GetInt64())),
        cancellationToken);

    /// <summary>Cancels a token. As with a stock client its possession is the whole credential.</summary>
    public async ValueTask CancelAsync(string token, CancellationToken cancellationToken) => await _transport.SendAsync(
        new RemoteRequest(null, HttpMethod.Put, "?op=CANCELDELEGATIONTOKEN" + Parameter("token", token), IsIdempotent: false) { MayUseCookie = false, IsAboutToken = true, IsAnonymous = true },
        static _ => true,
        cancellationToken).ConfigureAwait(false);

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static T Member<T>(RemoteAnswer answer, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body.Memory);
            return read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw RemoteFailures.Unreadable(answer, "not as a KMS answers a token request");
        }
    }
}
