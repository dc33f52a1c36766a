using System.Text;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Tests.Acl;

public sealed class AclParserTests
{
    private static readonly Caller Alice = Caller("alice");

    [Fact]
    public void The_vendors_file_is_read_with_a_warning_for_each_empty_value()
    {
        AclFile file = AclParser.Read(Vectors.Path("reference", "kms-acls-recommended.xml"));
        Assert.Equal(11, file.Warnings.Count);
        Assert.All(file.Warnings, static each => Assert.Equal(AclFindingKind.EmptyValue, each.Kind));
        Assert.Contains(file.Warnings, static each => each.Property == "hadoop.kms.acl.DECRYPT_EEK" && each.Line > 1);
        Assert.False(file.Snapshot.Operations.ContainsKey(AclOperation.DecryptEek));
        Assert.Equal("hdfs supergroup", file.Snapshot.Whitelist[KeyAclType.Read].Value);
        AclRule create = file.Snapshot.Operations[AclOperation.Create];
        Assert.Equal("kms-acls-recommended.xml", create.File);
        Assert.Equal("  <name>hadoop.kms.acl.CREATE</name>", File.ReadAllLines(file.Path)[create.Line - 1]);
    }

    [Fact]
    public void The_strict_reading_of_an_empty_value_is_nobody()
    {
        AclFile file = AclParser.Read(Vectors.Path("reference", "kms-acls-recommended.xml"), EmptyAclValue.Nobody);
        Assert.False(file.Snapshot.Decide(new AccessRequest(Caller("keyadmin"), AclOperation.DecryptEek, KmsOperation.DecryptEek)).IsAllowed);
    }

    [Fact]
    public void A_key_name_goes_up_to_the_last_dot()
    {
        AclSnapshot acl = Parse("<property name='key.acl.my.key.name.READ' value='alice'/>").Snapshot;
        Assert.Equal("my.key.name", Assert.Single(acl.Keys).Key);
    }

    [Theory]
    [InlineData("hadoop.kms.acl.NOSUCH", AclFindingKind.UnknownOperation)]
    [InlineData("hadoop.kms.acl.create", AclFindingKind.UnknownOperation)]
    [InlineData("hadoop.kms.acl.UNDELETE", AclFindingKind.UnknownOperation)]
    [InlineData("keytrustee.kms.acl.CREATE", AclFindingKind.UnknownOperation)]
    [InlineData("hadoop.kms.blacklist.X", AclFindingKind.UnknownOperation)]
    [InlineData("key.acl.k.NOSUCH", AclFindingKind.UnknownOperation)]
    [InlineData("key.acl.k.read", AclFindingKind.UnknownOperation)]
    [InlineData("key.acl.name", AclFindingKind.InvalidKeyName)]
    [InlineData("default.key.acl.ALL", AclFindingKind.AllNotAllowed)]
    [InlineData("whitelist.key.acl.ALL", AclFindingKind.AllNotAllowed)]
    [InlineData("default.key.acl.X", AclFindingKind.UnknownOperation)]
    public void What_is_ignored_is_warned_of_with_its_line(string property, AclFindingKind kind)
    {
        AclFile file = Parse($"\n<property name='{property}' value='alice'/>");
        AclFinding warning = Assert.Single(file.Warnings);
        Assert.Equal((kind, property, "kms-acls.xml", 2), (warning.Kind, warning.Property, warning.File, warning.Line));
        Assert.Empty(file.Snapshot.Operations);
        Assert.Empty(file.Snapshot.Keys);
        Assert.Empty(file.Snapshot.Defaults);
        Assert.Empty(file.Snapshot.Whitelist);
    }

    [Fact]
    public void A_list_of_ours_leaves_the_defaults_of_a_key_as_a_stock_server_reads_them()
    {
        AclSnapshot acl = Parse("<property name='default.key.acl.READ' value='alice'/><property name='key.acl.k.MIGRATE' value='bob'/>").Snapshot;
        Assert.True(Ask(acl, Alice, KeyAclType.Read).IsAllowed);
        Assert.True(Ask(acl, Caller("bob"), KeyAclType.Migrate).IsAllowed);
        Assert.False(Ask(acl, Alice, KeyAclType.Migrate).IsAllowed);
    }

    [Fact]
    public void Undelete_and_purge_are_granted_by_the_vendors_lists_or_by_a_keys_own()
    {
        AclSnapshot vendor = Parse("<property name='keytrustee.kms.acl.PURGE' value='alice'/>").Snapshot;
        Assert.True(Ask(vendor, Alice, KeyAclType.Purge).IsAllowed);
        Assert.False(Ask(vendor, Caller("bob"), KeyAclType.Purge).IsAllowed);
        AclSnapshot own = Parse("<property name='keytrustee.kms.acl.PURGE' value='alice,bob'/><property name='key.acl.k.PURGE' value='bob'/>").Snapshot;
        Assert.False(Ask(own, Alice, KeyAclType.Purge).IsAllowed);
        Assert.True(Ask(own, Caller("bob"), KeyAclType.Purge).IsAllowed);
        Assert.True(Ask(own, Alice, KeyAclType.Purge, "another").IsAllowed);
    }

    [Fact]
    public void All_covers_no_purge_and_a_file_that_says_nothing_of_it_denies_it()
    {
        AclSnapshot acl = Parse("<property name='key.acl.k.ALL' value='alice'/><property name='default.key.acl.MANAGEMENT' value='*'/>").Snapshot;
        Assert.True(Ask(acl, Alice, KeyAclType.Management).IsAllowed);
        Assert.All([KeyAclType.Purge, KeyAclType.Undelete, KeyAclType.Migrate], type => Assert.False(Ask(acl, Alice, type).IsAllowed));
    }

    [Fact]
    public void Administering_the_store_is_closed_until_a_list_names_somebody()
    {
        AclSnapshot silent = Parse("<property name='hadoop.kms.acl.CREATE' value='*'/>").Snapshot;
        AccessDecision refused = silent.Decide(new AccessRequest(Alice, AclOperation.Administer, default));
        Assert.Equal((false, AccessReason.NoOperationAcl), (refused.IsAllowed, refused.Reason));
        AccessExplanation why = AclExplainer.ExplainOperation(silent, Alice, AclOperation.Administer);
        Assert.Equal("alice may not ADMINISTER: without the list kmsps.kms.acl.ADMINISTER nobody may.", why.Sentence);
        AclSnapshot named = Parse("<property name='kmsps.kms.acl.ADMINISTER' value='alice'/>").Snapshot;
        Assert.True(named.Decide(new AccessRequest(Alice, AclOperation.Administer, default)).IsAllowed);
        AclSnapshot blocked = Parse("<property name='kmsps.kms.acl.ADMINISTER' value='*'/><property name='kmsps.kms.blacklist.ADMINISTER' value='alice'/>").Snapshot;
        Assert.False(blocked.Decide(new AccessRequest(Alice, AclOperation.Administer, default)).IsAllowed);
    }

    [Fact]
    public void The_built_in_rules_guard_material_and_deletion_and_open_the_rest()
    {
        AclSnapshot acl = BuiltInAcls.For("kms");
        AclOperation[] guarded = [AclOperation.Get, AclOperation.Delete, AclOperation.SetKeyMaterial, AclOperation.Undelete, AclOperation.Purge, AclOperation.Administer];
        foreach (AclOperation operation in Enum.GetValues<AclOperation>())
        {
            Assert.Equal(!guarded.Contains(operation), acl.Decide(new AccessRequest(Alice, operation, default)).IsAllowed);
            Assert.True(acl.Decide(new AccessRequest(Caller("kms"), operation, default)).IsAllowed);
        }

        Assert.All([KeyAclType.Read, KeyAclType.Management, KeyAclType.GenerateEek, KeyAclType.DecryptEek], type => Assert.True(Ask(acl, Alice, type).IsAllowed));
        Assert.All([KeyAclType.Purge, KeyAclType.Undelete, KeyAclType.Migrate], type => Assert.False(Ask(acl, Alice, type).IsAllowed));
        Assert.All([KeyAclType.Purge, KeyAclType.Undelete, KeyAclType.Migrate], type => Assert.True(Ask(acl, Caller("kms"), type).IsAllowed));
        Assert.All(acl.Operations.Values, static rule => Assert.Equal("built-in", rule.Place));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<other/>")]
    [InlineData("<!DOCTYPE x><configuration/>")]
    [InlineData("<configuration><property>")]
    public void A_broken_file_is_refused(string text)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => AclParser.Parse(Encoding.UTF8.GetBytes(text), "/etc/kms-acls.xml"));
        Assert.Equal(("/etc/kms-acls.xml", 1), (refused.File, refused.Line));
    }

    private static AclFile Parse(string properties) => AclParser.Parse(Encoding.UTF8.GetBytes($"<configuration>{properties}</configuration>"), "kms-acls.xml");

    private static Caller Caller(string name) => new(name, name, AuthenticationMethod.Simple, NameSet.Empty);

    private static AccessDecision Ask(AclSnapshot acl, Caller caller, KeyAclType type, string key = "k") =>
        acl.Decide(new AccessRequest(caller, default, default, key, type, key));
}
