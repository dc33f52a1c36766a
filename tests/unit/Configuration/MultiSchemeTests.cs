using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Configuration;

/// <summary>What is served of Hadoop's multi-scheme handler, and what is refused at the start.</summary>
public sealed class MultiSchemeTests
{
    private const string Auth = "hadoop.kms.authentication.";
    private const string Multi = Auth + "multi-scheme-auth-handler.";
    private const string WithTokens = "org.apache.hadoop.security.token.delegation.web.MultiSchemeDelegationTokenAuthenticationHandler";

    [Theory]
    [InlineData("multi-scheme", "multi-scheme")]
    [InlineData("org.apache.hadoop.security.authentication.server.MultiSchemeAuthenticationHandler", "multi-scheme")]
    [InlineData(WithTokens, "multi-scheme-dt")]
    public void Negotiate_by_Kerberos_is_served_and_its_cookies_name_the_handler(string type, string cookieType)
    {
        AuthenticationSettings settings = Read(("type", type), ("multi-scheme-auth-handler.schemes", "negotiate"), ("multi-scheme-auth-handler.schemes.negotiate.handler", "kerberos"), ("multi-scheme-auth-handler.delegation.schemes", "Negotiate"));
        Assert.Equal((AuthenticationKind.Kerberos, cookieType), (settings.Kind, settings.CookieType));
        Assert.Equal("DEFAULT", settings.NameRules);
        Assert.Equal(("simple-dt", "kerberos-dt"), (Read().CookieType, Read(("type", "kerberos")).CookieType));
    }

    [Theory]
    [InlineData("", "", "", Multi + "schemes is not set", null)]
    [InlineData("Basic,Negotiate", "kerberos", "", "names Basic, and this server asks nobody for a password", 3)]
    [InlineData("Digest", "kerberos", "", "names Digest", 3)]
    [InlineData("Bearer", "kerberos", "", "names 'Bearer', which is none of", 3)]
    [InlineData("Negotiate,NEGOTIATE", "kerberos", "", "names a scheme twice", 3)]
    [InlineData("Negotiate", "", "", "schemes.negotiate.handler is not set, but must be kerberos", null)]
    [InlineData("Negotiate", "ldap", "", "must be kerberos", 4)]
    [InlineData("Negotiate", "kerberos", "Basic", "names 'Basic', which", 5)]
    public void What_is_not_served_stops_the_start_with_its_line_and_what_to_do(string schemes, string handler, string tokens, string problem, int? line)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => Read(
            ("type", WithTokens), ("multi-scheme-auth-handler.schemes", schemes), ("multi-scheme-auth-handler.schemes.negotiate.handler", handler), ("multi-scheme-auth-handler.delegation.schemes", tokens)));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Equal(line, refused.Line);
        Assert.NotNull(refused.Remedy);
    }

    private static AuthenticationSettings Read(params (string Name, string Value)[] properties)
    {
        using TemporaryDirectory folder = new();
        IEnumerable<string> lines = properties.Select(static each => $"<property><name>{Auth}{each.Name}</name><value>{each.Value}</value></property>");
        File.WriteAllText(folder.File("kms-site.xml"), $"<configuration>\n{string.Join("\n", lines)}\n</configuration>");
        return KmsSettings.Load(folder.Path, VariableScope.None).Authentication;
    }
}
