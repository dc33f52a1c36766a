using System.Text;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Telemetry;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Operations;

/// <summary>Permissive mode, and listings that leave out what is not the caller's.</summary>
public sealed class AccessModeTests : IDisposable
{
    private const string Rules = """
        <configuration>
          <property><name>hadoop.kms.acl.CREATE</name><value>admin</value></property>
          <property><name>hadoop.kms.blacklist.DECRYPT_EEK</name><value>mallory</value></property>
          <property><name>default.key.acl.MANAGEMENT</name><value>admin</value></property>
          <property><name>key.acl.payroll.DECRYPT_EEK</name><value>alice</value></property>
          <property><name>key.acl.payroll.GENERATE_EEK</name><value> hr</value></property>
          <property><name>key.acl.open.READ</name><value>*</value></property>
          <property><name>whitelist.key.acl.READ</name><value>auditor</value></property>
        </configuration>
        """;

    private readonly RecordingAudit _audit = new();
    private readonly MemoryKeyProvider _store = new();
    private readonly KmsMeter _meter = new(TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task Permissive_mode_does_what_the_lists_refuse_and_writes_down_and_counts_every_refusal()
    {
        KmsEngine engine = Engine(new AccessPolicy(KeyAuthorization: true, IsPermissive: true));
        KeyName key = KeyName.Parse("payroll");
        (await engine.CreateKeyAsync(CallOf("mallory"), NewKey.Default(key), Stop)).Dispose();
        EekBatch? eeks = await engine.GenerateEekAsync(CallOf("mallory"), new GenerateRequest(key), Stop);
        (await engine.DecryptEekAsync(CallOf("mallory"), eeks![0], Stop)).Dispose();

        AuditEvent[] refused = [.. _audit.Events.Where(static each => each.Outcome == AuditOutcome.WouldBeUnauthorized)];
        Assert.Equal(
            ["CREATE_KEY NotInOperationAcl", "MANAGEMENT NotInKeyAcl", "GENERATE_EEK NotInKeyAcl", "DECRYPT_EEK Blacklisted", "DECRYPT_EEK NotInKeyAcl"],
            refused.Select(static each => $"{each.Operation} {each.Reason}"));
        Assert.Equal("hadoop.kms.blacklist.DECRYPT_EEK (test.xml:3)", refused[3].Rule);
        Assert.All(refused, static each => Assert.Equal(0, each.HadoopLines));
        Assert.DoesNotContain(_audit.Events, static each => each.Outcome == AuditOutcome.Unauthorized);
        MetricFamily counted = Assert.Single(_meter.Families, static each => each.Name == "kms.acl.would_be_denied");
        Assert.Equal(5, counted.Read().Sum(static point => point.Value));
    }

    [Fact]
    public async Task Permissive_mode_leaves_what_the_lists_allow_alone()
    {
        KmsEngine engine = Engine(new AccessPolicy(KeyAuthorization: true, IsPermissive: true));
        (await engine.CreateKeyAsync(CallOf("admin"), NewKey.Default(KeyName.Parse("other")), Stop)).Dispose();
        Assert.Equal(AuditOutcome.Ok, Assert.Single(_audit.Events).Outcome);
    }

    [Theory]
    [InlineData("alice", "", "open,payroll")]
    [InlineData("bob", "hr", "open,payroll")]
    [InlineData("bob", "", "open")]
    [InlineData("auditor", "", "open,other,payroll")]
    [InlineData("admin", "", "open,other")]
    public async Task A_filtered_listing_has_the_keys_on_which_the_caller_has_a_right(string user, string group, string expected)
    {
        await FillAsync();
        Assert.Equal(expected.Split(','), await ListAsync(Engine(new AccessPolicy(KeyAuthorization: true, FiltersKeys: true)), user, group));
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public async Task A_listing_has_every_key_by_default_and_where_key_lists_withhold_nothing(bool keyAuthorization, bool isPermissive, bool filters)
    {
        await FillAsync();
        Assert.Equal(["open", "other", "payroll"], await ListAsync(Engine(new AccessPolicy(keyAuthorization, isPermissive, filters)), "stranger", ""));
    }

    private static Call CallOf(string user, string group = "") =>
        new(new Caller(user, user, AuthenticationMethod.Simple, group.Length == 0 ? NameSet.Empty : NameSet.Of(group)), CallOrigin.Embedded("test"));

    private static async Task<string[]> ListAsync(KmsEngine engine, string user, string group)
    {
        List<string> names = [];
        await foreach (KeyMetadata each in await engine.GetKeysAsync(CallOf(user, group), KeyListing.InUse, Stop))
        {
            names.Add(each.Name.Value);
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }

    private async Task FillAsync()
    {
        KmsEngine open = new(_store, FixedAcl.Open, new RecordingAudit(), TimeProvider.System, keyAuthorization: true);
        foreach (string name in (string[])["payroll", "open", "other"])
        {
            (await open.CreateKeyAsync(CallOf("root"), NewKey.Default(KeyName.Parse(name)), Stop)).Dispose();
        }
    }

    private KmsEngine Engine(AccessPolicy policy) => new(
        _store, new FixedAcl(AclParser.Parse(Encoding.UTF8.GetBytes(Rules), "test.xml", EmptyAclValue.NotSet, VariableScope.None).Snapshot), _audit, TimeProvider.System, policy, _meter);
}
