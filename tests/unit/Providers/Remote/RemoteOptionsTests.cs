using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>What is read from a URI and from properties.</summary>
public sealed class RemoteOptionsTests
{
    [Theory]
    [InlineData("kms://https@h1;h2:9600/kms", "https://h1:9600/kms/v1/ https://h2:9600/kms/v1/")]
    [InlineData("kms://http@h1:1;h2;h3:3/kms/", "http://h1:1/kms/v1/ http://h2:3/kms/v1/ http://h3:3/kms/v1/")]
    [InlineData("kms://https@localhost:9600/kms", "https://localhost:9600/kms/v1/")]
    [InlineData("kms://https@kms.example.com", "https://kms.example.com:9600/v1/")]
    [InlineData("kms://https@[::1];[fe80::1]:16000/gateway/x/kms", "https://[::1]:16000/gateway/x/kms/v1/ https://[fe80::1]:16000/gateway/x/kms/v1/")]
    public void A_uri_names_its_servers(string uri, string servers) =>
        Assert.Equal(servers, string.Join(' ', KmsAddress.Parse(ProviderUri.Parse(uri)).Servers.Select(static server => server.OriginalString)));

    [Theory]
    [InlineData("kms://h:9600/kms", "does not say http or https")]
    [InlineData("kms://ftp@h:9600/kms", "neither http nor https")]
    [InlineData("kms://https@/kms", "No valid authority")]
    [InlineData("kms://https@h1;;h2:9600/kms", "No valid authority")]
    [InlineData("kms://https@h:x/kms", "Could not parse port")]
    [InlineData("kms://https@h:70000/kms", "Could not parse port")]
    [InlineData("kms://https@h:9600/kms?a=b", "query")]
    [InlineData("kms://https@a b:9600/kms", "no host name")]
    [InlineData("kms:h", "no //")]
    public void A_uri_that_names_none_is_refused_with_the_reason(string uri, string reason) =>
        Assert.Contains(reason, Assert.Throws<ConfigurationException>(() => KmsAddress.Parse(ProviderUri.Parse(uri))).Message, StringComparison.Ordinal);

    [Fact]
    public void Hadoops_properties_are_read_and_have_hadoops_defaults()
    {
        RemoteOptions standard = RemoteOptions.From(Context([]));
        Assert.Equal((60d, null, 100d, 2000d, 1, false), (standard.Timeout.TotalSeconds, standard.MaxRetries, standard.SleepBase.TotalMilliseconds, standard.SleepMax.TotalMilliseconds, standard.AuthenticationRetries, standard.ResendsEverything));
        RemoteOptions set = RemoteOptions.From(Context(new()
        {
            ["hadoop.security.kms.client.timeout"] = " 7 ",
            ["hadoop.security.kms.client.failover.max.retries"] = "0",
            ["hadoop.security.kms.client.failover.sleep.base.millis"] = "5",
            ["hadoop.security.kms.client.failover.sleep.max.millis"] = "6",
            ["hadoop.security.kms.client.authentication.retry-count"] = "0",
            ["kmsps.client.resend.all"] = "TRUE",
        }));
        Assert.Equal((7d, 0, 5d, 6d, 0, true), (set.Timeout.TotalSeconds, set.MaxRetries, set.SleepBase.TotalMilliseconds, set.SleepMax.TotalMilliseconds, set.AuthenticationRetries, set.ResendsEverything));
        Assert.Equal(3.5, set.ConnectTimeout.TotalSeconds);
    }

    [Theory]
    [InlineData("hadoop.security.kms.client.failover.max.retries", "-1")]
    [InlineData("hadoop.security.kms.client.timeout", "soon")]
    [InlineData("kmsps.client.authentication", "magic")]
    [InlineData("kmsps.client.trust", "sha256:abc")]
    [InlineData("kmsps.client.trust", "/nowhere/ca.pem")]
    public void A_wrong_value_is_refused(string name, string value) =>
        Assert.NotNull(Assert.Throws<ConfigurationException>(() => RemoteOptions.From(Context(new() { [name] = value }))).Remedy);

    [Fact]
    public void The_user_is_the_one_that_is_set_then_hadoops_then_the_process()
    {
        Assert.Equal("user.name=a%40b", RemoteOptions.From(Context(new() { ["kmsps.client.user"] = "a@b" })).Credential.Query);
        Assert.Equal("user.name=h", RemoteOptions.From(Context([], ("HADOOP_USER_NAME", "h"))).Credential.Query);
        Assert.Equal("user.name=" + Environment.UserName, RemoteOptions.From(Context([])).Credential.Query);
        Assert.Equal("kerberos", RemoteOptions.From(Context(new() { ["hadoop.security.authentication"] = "kerberos" })).Credential.Name);
    }

    [Fact]
    public void Descriptions_are_asked_for_in_pieces_of_1500_characters_as_recorded()
    {
        RecordedCall recorded = Recording.Of("java-operations").Single(static call => call.Note.StartsWith("40 names", StringComparison.Ordinal));
        KeyName[] names = [.. recorded.Call.GetProperty("names").EnumerateArray().Select(static name => KeyName.Parse(name.GetString()!))];
        Assert.Equal(recorded.Asked.Select(static exchange => exchange.Request.Query().Count()), KmsRestClient.Chunks(names).Select(static chunk => chunk.Count));
        Assert.Empty(KmsRestClient.Chunks([]));
    }

    private static ProviderContext Context(Dictionary<string, string> properties, params (string Name, string Value)[] environment) =>
        new(TimeProvider.System, properties.GetValueOrDefault, name => environment.FirstOrDefault(pair => pair.Name == name).Value, null);
}
