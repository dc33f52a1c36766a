using KmsPS.Engine.Acl;
using KmsPS.Engine.Errors;

namespace KmsPS.Tests.Acl;

public sealed class AclFileEditorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kmsps-edit-").FullName;

    private string Path => System.IO.Path.Combine(_directory, "kms-acls.xml");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_grant_in_the_vendors_file_changes_one_line_and_keeps_the_rest()
    {
        File.Copy(Vectors.Path("reference", "kms-acls-recommended.xml"), Path);
        string[] before = File.ReadAllLines(Path);
        AclFileEditor editor = AclFileEditor.Open(Path);
        Assert.True(editor.Apply(new AclEdit(true, "hadoop.kms.acl.CREATE", "zoe")));
        string backup = editor.Save(TimeProvider.System)!;
        string[] after = File.ReadAllLines(Path);
        Assert.Equal(before, File.ReadAllLines(backup));
        Assert.Equal(before.Length, after.Length);
        (string Old, string New) change = Assert.Single(before.Zip(after), static pair => pair.First != pair.Second);
        Assert.Equal(("  <value>keyadmin keyadmingroup</value>", "  <value>keyadmin,zoe keyadmingroup</value>"), change);
        Assert.Equal([System.IO.Path.GetFileName(Path), System.IO.Path.GetFileName(backup)], Directory.GetFiles(_directory).Select(System.IO.Path.GetFileName).Order());
    }

    [Fact]
    public void The_last_name_taken_out_leaves_a_blank_and_not_an_empty_value_that_would_open_the_operation()
    {
        File.WriteAllText(Path, "<configuration><property><name>hadoop.kms.acl.GET</name><value>alice</value></property></configuration>");
        AclFileEditor editor = AclFileEditor.Open(Path);
        Assert.True(editor.Apply(new AclEdit(false, "hadoop.kms.acl.GET", "alice")));
        AclRule rule = editor.Preview().Snapshot.Operations[AclOperation.Get];
        Assert.Equal((" ", 0, false), (rule.Value, rule.List.Users.Count, rule.List.IsEverybody));
    }

    [Fact]
    public void A_new_list_is_added_at_the_end_and_a_second_grant_changes_nothing()
    {
        AclFileEditor editor = AclFileEditor.Open(Path);
        Assert.True(editor.Apply(new AclEdit(true, "key.acl.k1.DECRYPT_EEK", "eng", IsGroup: true)));
        Assert.False(editor.Apply(new AclEdit(true, "key.acl.k1.DECRYPT_EEK", "eng", IsGroup: true)));
        Assert.False(editor.Apply(new AclEdit(false, "key.acl.k1.READ", "eng", IsGroup: true)));
        Assert.Null(editor.Save(TimeProvider.System));
        Assert.Equal(" eng", AclParser.Read(Path).Snapshot.Keys["k1"][KeyAclType.DecryptEek].Value);
    }

    [Fact]
    public void The_property_that_counts_is_the_one_that_is_changed()
    {
        File.WriteAllText(Path, "<configuration><property name='hadoop.kms.acl.GET' value='a' final='true'/><property name='hadoop.kms.acl.GET' value='b'/></configuration>");
        AclFileEditor editor = AclFileEditor.Open(Path);
        editor.Apply(new AclEdit(true, "hadoop.kms.acl.GET", "c"));
        Assert.Equal("a,c", editor.Preview().Snapshot.Operations[AclOperation.Get].Value);
    }

    [Fact]
    public void A_file_that_somebody_changed_in_between_is_not_overwritten()
    {
        File.WriteAllText(Path, "<configuration></configuration>");
        AclFileEditor editor = AclFileEditor.Open(Path);
        editor.Apply(new AclEdit(true, "hadoop.kms.acl.GET", "a"));
        File.WriteAllText(Path, "<configuration> </configuration>");
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<KmsException>(() => editor.Save(TimeProvider.System)).Kind);
        Assert.Equal("<configuration> </configuration>", File.ReadAllText(Path));
    }

    [Theory]
    [InlineData("a,b")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("a\n")]
    public void A_name_that_would_become_another_is_refused(string name) =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<KmsException>(() => AclFileEditor.Open(Path).Apply(new AclEdit(true, "hadoop.kms.acl.GET", name))).Kind);
}
