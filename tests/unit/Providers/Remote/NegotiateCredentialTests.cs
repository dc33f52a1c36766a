using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>Kerberos without a ticket for the server: said plainly, and no request leaves.</summary>
public sealed class NegotiateCredentialTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_ticket_nothing_is_sent_and_the_error_says_what_to_do()
    {
        await using ScriptedServer server = new();
        using KmsRestClient client = new(KmsAddress.Parse(ProviderUri.Parse(server.Uri)), new RemoteOptions { Credential = new NegotiateCredential("HTTP/nobody.invalid"), SleepBase = TimeSpan.Zero });
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop));
        Assert.Equal(ErrorKind.AuthenticationFailed, failure.Kind);
        Assert.Contains("HTTP/nobody.invalid", failure.Message, StringComparison.Ordinal);
        Assert.Contains("kinit", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(server.Seen);
    }
}
