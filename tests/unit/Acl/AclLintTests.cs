using System.Text;
using KmsPS.Engine.Acl;

namespace KmsPS.Tests.Acl;

public sealed class AclLintTests
{
    [Theory]
    [InlineData("hadoop.kms.acl.CREATE", "alice, bob", AclFindingKind.BlankAfterComma)]
    [InlineData("hadoop.kms.acl.CREATE", "alice\tbob", AclFindingKind.OddBlank)]
    [InlineData("hadoop.kms.acl.CREATE", "a eng ops", AclFindingKind.OddBlank)]
    [InlineData("hadoop.kms.acl.CREATE", "alice@EXAMPLE.COM", AclFindingKind.NameMatchesNobody)]
    [InlineData("hadoop.kms.acl.NOSUCH", "alice", AclFindingKind.UnknownOperation)]
    [InlineData("default.key.acl.ALL", "alice", AclFindingKind.AllNotAllowed)]
    [InlineData("hadoop.kms.acl.GET", "*", AclFindingKind.EverybodyReadsMaterial)]
    [InlineData("hadoop.kms.acl.DELETE", "*", AclFindingKind.EverybodyAdministers)]
    [InlineData("hadoop.kms.acl.DECRYPT_EEK", "hdfs,alice", AclFindingKind.SuperuserCanDecrypt)]
    [InlineData("hadoop.kms.http.port", "9600", AclFindingKind.UnknownProperty)]
    [InlineData("hadoop.kms.acl.GET_KEYS", "", AclFindingKind.EmptyValue)]
    public void A_known_mistake_is_found_with_its_line(string property, string value, AclFindingKind kind)
    {
        AclFinding found = Assert.Single(Lint($"\n\n<property><name>{property}</name><value>{value}</value></property>"), each => each.Kind == kind && each.Property == property);
        Assert.Equal(("kms-acls.xml", 3), (found.File, found.Line));
    }

    [Fact]
    public void A_list_of_one_key_that_disables_the_defaults_is_found()
    {
        AclFinding found = Assert.Single(Lint("<property name='default.key.acl.READ' value='*'/>\n<property name='key.acl.k.DECRYPT_EEK' value='bob'/>"), static each => each.Kind == AclFindingKind.DefaultsDisabled);
        Assert.Equal(2, found.Line);
        Assert.Contains("READ", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overridden_and_unreachable_entries_are_found()
    {
        IReadOnlyList<AclFinding> found = Lint("<property name='hadoop.kms.acl.GET' value='a'/>\n<property name='hadoop.kms.acl.GET' value='b,c'/>\n<property name='hadoop.kms.blacklist.GET' value='b'/>");
        Assert.Equal(1, Assert.Single(found, static each => each.Kind == AclFindingKind.Overridden).Line);
        AclFinding shut = Assert.Single(found, static each => each.Kind == AclFindingKind.Unreachable);
        Assert.Equal(2, shut.Line);
        Assert.Contains("'b'", shut.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_vendors_file_has_no_findings_but_its_empty_values()
    {
        IReadOnlyList<AclFinding> found = AclLint.Check(AclParser.Read(Vectors.Path("reference", "kms-acls-recommended.xml")));
        Assert.All(found, static each => Assert.True(each.Kind is AclFindingKind.EmptyValue, each.ToString()));
    }

    private static IReadOnlyList<AclFinding> Lint(string properties) =>
        AclLint.Check(AclParser.Parse(Encoding.UTF8.GetBytes($"<configuration>{properties}</configuration>"), "kms-acls.xml"));
}
