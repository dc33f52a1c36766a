using System.Security.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server;

namespace KmsPS.Tests.Server;

/// <summary>What <c>hadoop.ssl.enabled.protocols</c> says of the versions that are offered.</summary>
public sealed class TlsOfferTests
{
    [Theory]
    [InlineData("", SslProtocols.Tls12 | SslProtocols.Tls13)]
    [InlineData("TLSv1.2", SslProtocols.Tls12 | SslProtocols.Tls13)]
    [InlineData("TLSv1.3", SslProtocols.Tls13)]
    [InlineData("TLSv1.2,TLSv1.3", SslProtocols.Tls12 | SslProtocols.Tls13)]
    [InlineData("TLSv1.1,TLSv1.2", SslProtocols.Tls12)]
    public void Versions_are_offered_as_Hadoop_does(string named, SslProtocols offered) =>
        Assert.Equal(offered, TlsOffer.Of(Settings(named)).Protocols);

    [Fact]
    public void Versions_that_are_not_served_are_no_choice() =>
        Assert.Contains("hadoop.ssl.enabled.protocols", Assert.Throws<ConfigurationException>(static () => TlsOffer.Of(Settings("TLSv1.1"))).Message, StringComparison.Ordinal);

    private static TlsSettings Settings(string named) => new()
    {
        Source = HadoopConfiguration.Empty,
        Protocols = named.Split(',', StringSplitOptions.RemoveEmptyEntries),
    };
}
