using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Identity;

public sealed class GroupMapperTests
{
    private static readonly GroupCacheSettings Settings = new(TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(3000), TimeSpan.FromSeconds(1));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Static_overrides_come_first_and_others_are_asked_of_the_next()
    {
        HadoopConfiguration source = Configuration((StaticGroupMapper.Property, "alice=eng,ops;empty=;bare"));
        StaticGroupMapper mapper = new(StaticGroupMapper.Read(source), new Source { Groups = ["other"] });
        Assert.Equal(["eng", "ops"], (await mapper.GroupsOfAsync("alice", Stop)).Order());
        Assert.Empty(await mapper.GroupsOfAsync("empty", Stop));
        Assert.Empty(await mapper.GroupsOfAsync("bare", Stop));
        Assert.Equal(["other"], await mapper.GroupsOfAsync("zoe", Stop));
        Assert.Throws<ConfigurationException>(() => StaticGroupMapper.Read(Configuration((StaticGroupMapper.Property, "a=b=c"))));
    }

    [Fact]
    public async Task The_operating_system_knows_roots_group_and_nobody_else()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no getgrouplist");
        }

        OsGroupMapper mapper = new();
        Assert.NotEmpty(await mapper.GroupsOfAsync("root", Stop));
        Assert.Empty(await mapper.GroupsOfAsync("no-such-user-here", Stop));
        Assert.Empty(await mapper.GroupsOfAsync("root\0x", Stop));
        Assert.Empty(await mapper.GroupsOfAsync("", Stop));
    }

    [Fact]
    public async Task Groups_are_asked_for_once_while_they_are_fresh_and_a_change_is_felt_after_it()
    {
        Clock time = new();
        Source source = new() { Groups = ["eng"] };
        CachedGroupMapper cache = new(source, Settings, time);
        Assert.Equal(["eng"], await cache.GroupsOfAsync("alice", Stop));
        source.Groups = [];
        Assert.Equal(["eng"], await cache.GroupsOfAsync("alice", Stop));
        Assert.Equal(1, source.Asked);
        time.Advance(TimeSpan.FromSeconds(301));
        Assert.Empty(await cache.GroupsOfAsync("alice", Stop));
    }

    [Fact]
    public async Task A_source_that_is_down_leaves_old_groups_in_use_until_the_hard_end_and_then_refuses()
    {
        Clock time = new();
        Source source = new() { Groups = ["eng"] };
        CachedGroupMapper cache = new(source, Settings, time);
        await cache.GroupsOfAsync("alice", Stop);
        source.IsDown = true;
        time.Advance(TimeSpan.FromSeconds(2999));
        Assert.Equal(["eng"], await cache.GroupsOfAsync("alice", Stop));
        time.Advance(TimeSpan.FromSeconds(2));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await cache.GroupsOfAsync("alice", Stop));
        Assert.Equal((ErrorKind.AuthenticationFailed, true), (refused.Kind, refused.IsTransient));
        source.IsDown = false;
        Assert.Equal(["eng"], await cache.GroupsOfAsync("alice", Stop));
    }

    [Fact]
    public async Task A_source_that_is_down_is_not_asked_by_every_request()
    {
        Clock time = new();
        Source source = new() { Groups = ["eng"] };
        CachedGroupMapper cache = new(source, Settings, time);
        await cache.GroupsOfAsync("alice", Stop);
        source.IsDown = true;
        time.Advance(TimeSpan.FromSeconds(400));
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(["eng"], await cache.GroupsOfAsync("alice", Stop));
        }

        Assert.Equal(2, source.Asked);
        time.Advance(TimeSpan.FromSeconds(6));
        source.IsDown = false;
        source.Groups = ["ops"];
        Assert.Equal(["ops"], await cache.GroupsOfAsync("alice", Stop));
    }

    [Fact]
    public async Task Groups_that_were_answered_are_current_until_they_are_refreshed()
    {
        Clock time = new();
        Source source = new() { Groups = ["eng"] };
        CachedGroupMapper cache = new(source, Settings, time);
        NameSet seen = await cache.GroupsOfAsync("alice", Stop);
        Assert.True(cache.IsCurrent("alice", seen));
        Assert.False(cache.IsCurrent("bob", seen));
        time.Advance(TimeSpan.FromSeconds(241));
        Assert.False(cache.IsCurrent("alice", seen));
        await cache.GroupsOfAsync("alice", Stop);
        Assert.False(cache.IsCurrent("alice", seen));
    }

    [Fact]
    public async Task Nobody_found_is_remembered_for_a_shorter_time()
    {
        Clock time = new();
        Source source = new();
        CachedGroupMapper cache = new(source, Settings, time);
        await cache.GroupsOfAsync("alice", Stop);
        await cache.GroupsOfAsync("alice", Stop);
        Assert.Equal(1, source.Asked);
        time.Advance(TimeSpan.FromSeconds(31));
        source.Groups = ["eng"];
        Assert.Equal(["eng"], await cache.GroupsOfAsync("alice", Stop));
    }

    [Fact]
    public async Task Many_callers_ask_the_source_once()
    {
        TaskCompletionSource gate = new();
        Source source = new() { Groups = ["eng"], Gate = gate.Task };
        CachedGroupMapper cache = new(source, Settings, new Clock());
        Task<NameSet>[] waiting = [.. Enumerable.Range(0, 50).Select(_ => cache.GroupsOfAsync("alice", Stop).AsTask())];
        gate.SetResult();
        Assert.All(await Task.WhenAll(waiting), static groups => Assert.Equal(["eng"], groups));
        Assert.Equal(1, source.Asked);
    }

    [Fact]
    public async Task One_caller_who_gives_up_does_not_end_the_question_of_the_others()
    {
        TaskCompletionSource gate = new();
        CachedGroupMapper cache = new(new Source { Groups = ["eng"], Gate = gate.Task }, Settings, new Clock());
        using CancellationTokenSource impatient = new();
        Task<NameSet> first = cache.GroupsOfAsync("alice", impatient.Token).AsTask();
        Task<NameSet> second = cache.GroupsOfAsync("alice", Stop).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        Assert.Equal(["eng"], await second);
    }

    [Fact]
    public async Task A_composite_puts_groups_together_or_stops_at_the_first_and_one_that_is_down_makes_all_unknown()
    {
        Source one = new() { Groups = ["a"] };
        Source two = new() { Groups = ["b"] };
        Assert.Equal(["a", "b"], (await new CompositeGroupMapper([one, two], combined: true).GroupsOfAsync("u", Stop)).Order());
        Assert.Equal(["a"], await new CompositeGroupMapper([one, two], combined: false).GroupsOfAsync("u", Stop));
        two.IsDown = true;
        await Assert.ThrowsAsync<KmsException>(async () => await new CompositeGroupMapper([one, two], combined: true).GroupsOfAsync("u", Stop));
    }

    [Fact]
    public void Hadoops_class_names_choose_the_mapper_and_unknown_ones_name_their_line()
    {
        Assert.IsType<StaticGroupMapper>(GroupMapping.Create(HadoopConfiguration.Empty, TimeProvider.System));
        HadoopConfiguration composite = Configuration(
            ("hadoop.security.group.mapping", "org.apache.hadoop.security.CompositeGroupsMapping"),
            ("hadoop.security.group.mapping.providers", "shell, ad"),
            ("hadoop.security.group.mapping.provider.shell", "org.apache.hadoop.security.ShellBasedUnixGroupsMapping"),
            ("hadoop.security.group.mapping.provider.ad", "org.apache.hadoop.security.LdapGroupsMapping"),
            ("hadoop.security.group.mapping.provider.ad.ldap.url", "ldap://ad.example.com"));
        Assert.IsType<StaticGroupMapper>(GroupMapping.Create(composite, TimeProvider.System));
        Assert.Throws<ConfigurationException>(() => GroupMapping.Create(Configuration(("hadoop.security.group.mapping", "nosuch.Class")), TimeProvider.System));
        Assert.Throws<ConfigurationException>(() => GroupMapping.Create(Configuration(("hadoop.security.group.mapping", "org.apache.hadoop.security.LdapGroupsMapping")), TimeProvider.System));
    }

    [Theory]
    [InlineData("*)(uid=*", @"\2a\29\28uid=\2a")]
    [InlineData("a\\b", @"a\5cb")]
    [InlineData("nul\0", @"nul\00")]
    [InlineData("jürgen", @"j\c3\bcrgen")]
    public void Values_in_filters_are_escaped_by_RFC_4515(string value, string expected)
    {
        Assert.Equal(expected, LdapFilter.Escape(value));
        Assert.Equal($"(&(objectClass=user)(sAMAccountName={expected}))", LdapFilter.Fill("(&(objectClass=user)(sAMAccountName={0}))", value));
    }

    [Fact]
    public void A_value_that_looks_like_a_place_holder_is_not_filled_again() => Assert.Equal("(a={1})(b=x)", LdapFilter.Fill("(a={0})(b={1})", "{1}", "x"));

    private static HadoopConfiguration Configuration(params (string Name, string Value)[] properties) =>
        new([[.. properties.Select(static each => new HadoopProperty(each.Name, each.Value, false, "core-site.xml", 1, 1))]], VariableScope.None);

    private sealed class Source : IGroupMapper
    {
        private int _asked;

        public string[] Groups { get; set; } = [];

        public bool IsDown { get; set; }

        public Task Gate { get; init; } = Task.CompletedTask;

        public int Asked => _asked;

        public async ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            await Gate;
            return IsDown ? throw new KmsException(ErrorKind.AuthenticationFailed, "down", isTransient: true) : NameSet.Of(Groups);
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
    }
}
