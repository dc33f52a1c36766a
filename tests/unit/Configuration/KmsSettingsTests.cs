using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Configuration;

public sealed class KmsSettingsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kmsps-settings-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Without_files_the_shipped_defaults_hold()
    {
        KmsSettings settings = KmsSettings.Load(_directory, VariableScope.None);
        Assert.Null(settings.Http.Port);
        Assert.Null(settings.ProviderUri);
        Assert.Null(settings.Tls);
        Assert.Equal((65536, TimeSpan.FromSeconds(60), 1000), (settings.Http.MaxRequestHeaderBytes, settings.Http.IdleTimeout, settings.Http.MaxThreads));
        Assert.Equal((true, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30)), (settings.Cache.Enabled, settings.Cache.KeyLifetime, settings.Cache.CurrentKeyLifetime));
        Assert.Equal(TimeSpan.FromSeconds(10), settings.AuditWindow);
        Assert.True(settings.KeyAuthorization);
        Assert.Equal((AuthenticationKind.Simple, false, SignerKind.Random, TimeSpan.FromHours(10)), (settings.Authentication.Kind, settings.Authentication.IsKindExplicit, settings.Authentication.Signer, settings.Authentication.TokenValidity));
        Assert.Equal((TimeSpan.FromDays(7), TimeSpan.FromDays(1)), (settings.Authentication.DelegationTokens.MaxLifetime, settings.Authentication.DelegationTokens.RenewInterval));
        Assert.True(settings.Keys.ReuseDeletedNames);
        Assert.Equal(EmptyAclValue.NotSet, settings.Acl.EmptyValue);
        Assert.Equal(Path.Combine(_directory, "kms-acls.xml"), settings.AclPath);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void Core_site_lies_under_kms_site_and_the_environment_above_both()
    {
        Write("core-site.xml", ("hadoop.kms.http.port", "1"), ("hadoop.http.max.threads", "2"), ("hadoop.security.auth_to_local", "RULE:[1:$1]\nDEFAULT"));
        Write("kms-site.xml", ("hadoop.kms.http.port", "9700"), ("hadoop.http.max.threads", "3"), ("kmsps.acl.mode", "enforcing"));
        KmsSettings settings = KmsSettings.Load(_directory, Environment(("KMS_MAX_THREADS", "77"), ("KMS_MAX_HTTP_HEADER_SIZE", "70000"), ("KMSPS_ACL_MODE", "permissive")));
        Assert.Equal((9700, 77, 70000, 70000), (settings.Http.Port, settings.Http.MaxThreads, settings.Http.MaxRequestHeaderBytes, settings.Http.MaxResponseHeaderBytes));
        Assert.Equal("RULE:[1:$1]\nDEFAULT", settings.Authentication.NameRules);
        Assert.True(settings.Acl.IsPermissive);
        Assert.Equal(2, settings.Warnings.Count(static each => each.Contains("deprecated", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("hadoop.kms.http.port", "abc")]
    [InlineData("hadoop.kms.http.port", "70000")]
    [InlineData("hadoop.http.max.threads", "x")]
    [InlineData("hadoop.http.max.request.header.size", "x")]
    [InlineData("hadoop.kms.cache.timeout.ms", "x")]
    [InlineData("hadoop.kms.audit.aggregation.window.ms", "9")]
    [InlineData("hadoop.kms.audit.aggregation.window.ms", "-1")]
    [InlineData("hadoop.kms.audit.logger", "nosuch.Class")]
    [InlineData("hadoop.kms.authentication.type", "other")]
    [InlineData("hadoop.kms.authentication.token.validity", "0")]
    [InlineData("hadoop.kms.authentication.token.validity", "abc")]
    [InlineData("hadoop.kms.authentication.token.max-inactive-interval", "x")]
    [InlineData("hadoop.kms.authentication.signer.secret.provider", "string")]
    [InlineData("hadoop.kms.authentication.signer.secret.provider", "FILE")]
    [InlineData("hadoop.kms.authentication.delegation-token.max-lifetime.sec", "x")]
    [InlineData("hadoop.kms.authentication.kerberos.endpoint.whitelist", "jmx")]
    [InlineData("hadoop.kms.authentication.kerberos.principal", " ")]
    [InlineData("kmsps.key.name.pattern", "[")]
    [InlineData("kmsps.key.name.pattern", "(a)\\1")]
    [InlineData("kmsps.acl.empty.value", "perhaps")]
    [InlineData("kmsps.acl.mode", "off")]
    public void A_bad_value_names_its_file_and_line(string name, string value)
    {
        Write("kms-site.xml", (name, value));
        ConfigurationException bad = Assert.Throws<ConfigurationException>(() => KmsSettings.Load(_directory, VariableScope.None));
        Assert.Equal((Path.Combine(_directory, "kms-site.xml"), 2), (bad.File, bad.Line));
        Assert.Contains(name, bad.Message, StringComparison.Ordinal);
        Assert.NotNull(bad.Remedy);
    }

    [Theory]
    [InlineData("-1", 0)]
    [InlineData("0", 0)]
    [InlineData("0x2580", 9600)]
    public void A_port_is_read_as_Hadoop_reads_it(string text, int port)
    {
        Write("kms-site.xml", ("hadoop.kms.http.port", text));
        Assert.Equal(port, KmsSettings.Load(_directory, VariableScope.None).Http.Port);
    }

    [Fact]
    public void The_name_rules_of_Kerberos_come_from_kms_site_and_default_to_DEFAULT()
    {
        Write("core-site.xml", ("hadoop.security.auth_to_local", "RULE:[1:$1]"));
        Write("kms-site.xml", ("hadoop.kms.authentication.type", "KERBEROS"));
        AuthenticationSettings settings = KmsSettings.Load(_directory, VariableScope.None).Authentication;
        Assert.Equal((AuthenticationKind.Kerberos, "DEFAULT", "HTTP/localhost"), (settings.Kind, settings.NameRules, settings.Principal));
    }

    [Fact]
    public void Ssl_server_is_read_and_its_passwords_stay_secret()
    {
        Write("ssl-server.xml", ("ssl.server.keystore.location", "/etc/kms.p12"), ("ssl.server.keystore.type", "PKCS12"), ("ssl.server.keystore.password", "changeit"));
        TlsSettings tls = KmsSettings.Load(_directory, VariableScope.None).Tls!;
        Assert.Equal(("/etc/kms.p12", "pkcs12"), (tls.KeystorePath, tls.KeystoreType));
        using SecretBytes password = tls.Password("ssl.server.keystore.password")!;
        Assert.True(password.FixedTimeEquals("changeit"u8));
        Assert.DoesNotContain("changeit", tls.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ZooKeeper_settings_are_accepted_and_one_line_says_who_does_the_work()
    {
        Write("kms-site.xml", ("hadoop.kms.authentication.signer.secret.provider", "zookeeper"), ("hadoop.kms.authentication.zk-dt-secret-manager.enable", "true"));
        KmsSettings settings = KmsSettings.Load(_directory, VariableScope.None);
        Assert.Equal((SignerKind.Shared, true), (settings.Authentication.Signer, settings.Authentication.DelegationTokens.Shared));
        Assert.Contains(settings.Warnings, static each => each.Contains("ZooKeeper", StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_pattern_holds_for_the_whole_name()
    {
        Write("kms-site.xml", ("kmsps.key.name.pattern", "[a-z]+"));
        KeyPolicy keys = KmsSettings.Load(_directory, VariableScope.None).Keys;
        Assert.Matches(keys.NamePattern!, "abc");
        Assert.DoesNotMatch(keys.NamePattern!, "abc\n");
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named()
    {
        Assert.Contains("does not exist", Assert.Throws<ConfigurationException>(() => KmsSettings.Load(Path.Combine(_directory, "none"), VariableScope.None)).Message, StringComparison.Ordinal);
    }

    private static VariableScope Environment(params (string Name, string Value)[] set) => new(name => set.FirstOrDefault(each => each.Name == name).Value, static _ => null);

    private void Write(string file, params (string Name, string Value)[] properties) => File.WriteAllText(
        Path.Combine(_directory, file),
        "<configuration>\n" + string.Concat(properties.Select(static each => $"<property><name>{each.Name}</name><value>{each.Value}</value></property>\n")) + "</configuration>");
}
