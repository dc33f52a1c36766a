using System.Collections.Concurrent;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Acl;

public sealed class AclSourceTests : IAsyncDisposable
{
    private const string OpenText = "<configuration><property><name>hadoop.kms.acl.GET</name><value>alice,bob</value></property></configuration>";
    private const string ClosedText = "<configuration><property><name>hadoop.kms.acl.GET</name><value>alice</value></property></configuration>";
    private static readonly Caller Bob = new("bob", "bob", AuthenticationMethod.Simple, NameSet.Empty);

    private readonly string _directory = Directory.CreateTempSubdirectory("kmsps-acl-").FullName;
    private readonly BlockingCollection<AclReload> _reports = [];
    private AclSource? _source;

    private string Path => System.IO.Path.Combine(_directory, "kms-acls.xml");

    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        _reports.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_change_by_write_with_an_old_time_stamp_and_the_same_length_is_in_force_within_two_seconds()
    {
        Open(ClosedText);
        DateTime stamp = File.GetLastWriteTimeUtc(Path);
        File.WriteAllText(Path, ClosedText.Replace("alice", "bobby", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(Path, stamp.AddYears(-1));
        Assert.Equal(AclReloadOutcome.Loaded, Next().Outcome);
    }

    [Fact]
    public void A_change_by_rename_is_in_force_within_two_seconds_and_widening_is_reported_with_its_difference()
    {
        Open(ClosedText);
        Assert.False(BobMayGet());
        string fresh = Path + ".new";
        File.WriteAllText(fresh, OpenText);
        File.SetLastWriteTimeUtc(fresh, DateTime.UnixEpoch);
        File.Move(fresh, Path, overwrite: true);
        AclReload news = Next();
        Assert.True(news.Widens);
        Assert.Equal("+ user bob: GET (kms-acls.xml:1)", Assert.Single(news.Changes).ToString());
        Assert.True(BobMayGet());
    }

    [Fact]
    public void A_swapped_symbolic_link_is_noticed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("symbolic links need a privilege on Windows");
        }

        string one = System.IO.Path.Combine(_directory, "one.xml");
        string two = System.IO.Path.Combine(_directory, "two.xml");
        File.WriteAllText(two, OpenText);
        File.WriteAllText(one, ClosedText);
        File.CreateSymbolicLink(Path, one);
        Open(null);
        string link = Path + ".link";
        File.CreateSymbolicLink(link, two);
        File.Move(link, Path, overwrite: true);
        Assert.Equal(AclReloadOutcome.Loaded, Next().Outcome);
        Assert.True(BobMayGet());
    }

    [Fact]
    public void A_broken_file_keeps_the_rules_is_reported_once_and_is_read_again_when_it_changes()
    {
        Open(ClosedText);
        File.WriteAllText(Path, "<configuration>\n<property>");
        AclReload refused = Next();
        Assert.Equal((AclReloadOutcome.Refused, 2), (refused.Outcome, refused.Failure!.Line));
        Assert.StartsWith(Path + ":2:", refused.Failure.Message, StringComparison.Ordinal);
        Assert.False(BobMayGet());
        Assert.Null(_source!.Look());
        Assert.Null(_source.Look());
        File.WriteAllText(Path, OpenText);
        Assert.Equal(AclReloadOutcome.Loaded, Next().Outcome);
        Assert.True(BobMayGet());
        Assert.Empty(_reports);
    }

    [Fact]
    public void A_removed_file_keeps_the_rules_and_is_read_when_it_comes_back()
    {
        Open(ClosedText);
        File.Delete(Path);
        Assert.Equal(AclReloadOutcome.Missing, Next().Outcome);
        Assert.False(BobMayGet());
        File.WriteAllText(Path, ClosedText);
        Assert.Equal(AclReloadOutcome.Loaded, Next().Outcome);
    }

    [Fact]
    public void Without_a_file_the_built_in_rules_hold_until_one_appears()
    {
        Open(null);
        Assert.Null(_source!.First);
        Assert.Null(_source.Look());
        Assert.False(BobMayGet());
        File.WriteAllText(Path, OpenText);
        Assert.Equal(AclReloadOutcome.Loaded, Next().Outcome);
        Assert.True(BobMayGet());
    }

    [Fact]
    public void The_vendors_file_cut_off_at_every_byte_never_changes_the_rules()
    {
        byte[] whole = File.ReadAllBytes(Vectors.Path("reference", "kms-acls-recommended.xml"));
        int end = whole.AsSpan().LastIndexOf("</configuration>"u8) + "</configuration>".Length;
        for (int length = 0; length < end; length++)
        {
            Assert.Throws<KmsPS.Engine.Errors.ConfigurationException>(() => AclParser.Parse(whole.AsMemory(0, length), "kms-acls.xml"));
        }

        Assert.Equal(9 - 3, AclParser.Parse(whole.AsMemory(0, end), "kms-acls.xml").Snapshot.Operations.Count);
    }

    [Fact]
    public void A_broken_file_at_the_start_stops_the_start()
    {
        Assert.Throws<KmsPS.Engine.Errors.ConfigurationException>(() => Open("<other/>"));
    }

    private void Open(string? text)
    {
        if (text is not null)
        {
            File.WriteAllText(Path, text);
        }

        _source = AclSource.Open(Path, new AclSettings(), BuiltInAcls.For("kms"), TimeProvider.System, _reports.Add);
    }

    // A reload is noticed within two seconds; on a machine that runs all tests at once the report may come later.
    private AclReload Next() => _reports.TryTake(out AclReload? news, TimeSpan.FromSeconds(15)) ? news : throw new TimeoutException("nothing was reported");

    private bool BobMayGet() => _source!.Current.Decide(new AccessRequest(Bob, AclOperation.Get, default)).IsAllowed;
}
