using System.Collections.Frozen;
using KmsPS.Engine.Keys;

namespace KmsPS.Tests.Scheduling;

/// <summary>Which crypto-period a key has, and what the plan says of it.</summary>
public sealed class RolloverPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static KeyMetadata Key(string name, string? attribute = null, int daysOld = 0) => new(
        KeyName.Parse(name), CipherName.Default, 128, null,
        attribute is null ? FrozenDictionary<string, string>.Empty : new Dictionary<string, string> { [RolloverPolicy.Attribute] = attribute }.ToFrozenDictionary(StringComparer.Ordinal),
        Now - TimeSpan.FromDays(daysOld), 1);

    private static RolloverPolicy Policy(string text)
    {
        (RolloverPolicy? policy, string? problem) = RolloverPolicy.Parse(text);
        Assert.Null(problem);
        return policy!;
    }

    [Theory]
    [InlineData("pay-1", null, 30)]
    [InlineData("pay", null, 90)]
    [InlineData("PAY-1", null, 90)]
    [InlineData("two words", null, 7)]
    [InlineData("a\\*b", null, 90)]
    [InlineData("kept", null, -1)]
    [InlineData("kept", "1d", -1)]
    [InlineData("pay-1", "10d", 10)]
    [InlineData("pay-1", "60d", 30)]
    [InlineData("pay-1", "nonsense", 30)]
    [InlineData("pay-1", "0d", 30)]
    public void The_first_rule_that_matches_decides_and_an_attribute_only_shortens(string name, string? attribute, int days)
    {
        RolloverPolicy policy = Policy("pay-* 30d\n kept never ; two words 168h\n* 90d");
        Assert.Equal(days < 0 ? null : TimeSpan.FromDays(days), policy.For(Key(name, attribute))?.MaxAge);
    }

    [Theory]
    [InlineData("90d")]
    [InlineData("* 90")]
    [InlineData("* 90 days")]
    [InlineData("* -1d")]
    [InlineData("* 1.5d")]
    [InlineData("* 0d")]
    [InlineData("* 99999999999d")]
    public void A_line_that_is_no_rule_is_refused(string text) => Assert.NotNull(RolloverPolicy.Parse("a 1d\n" + text).Problem);

    [Fact]
    public void Without_rules_nothing_is_planned() => Assert.Null(PlannedChange.Of(Key("k", "1d", 500), RolloverPolicy.None, Now));

    [Theory]
    [InlineData(89, PlanStanding.Waiting)]
    [InlineData(90, PlanStanding.Due)]
    [InlineData(-1, PlanStanding.FromTheFuture)]
    public void A_plan_says_where_it_stands(int daysOld, PlanStanding standing)
    {
        PlannedChange? change = PlannedChange.Of(Key("k", daysOld: daysOld), Policy("* 90d"), Now);
        Assert.Equal((PlannedAction.Roll, standing, "* 90d"), (change?.Action, change?.Standing, change?.Reason));
        Assert.Equal(Now + TimeSpan.FromDays(90 - daysOld), change?.Due);
    }

    // One such key shall not take the plan of all the others with it.
    [Fact]
    public void A_key_of_the_last_day_that_a_date_can_tell_is_one_from_the_future()
    {
        PlannedChange? change = PlannedChange.Of(Key("k") with { Created = DateTimeOffset.MaxValue }, Policy("* 90d"), Now);
        Assert.Equal((PlanStanding.FromTheFuture, DateTimeOffset.MaxValue), (change?.Standing, change?.Due));
    }

    [Fact]
    public void A_key_that_may_not_be_rolled_is_shown_as_such()
    {
        KeyMetadata old = Key("k", daysOld: 100);
        Assert.Equal(PlanStanding.Limited, PlannedChange.Of(old with { Use = KeyUse.Plain with { IsDisabled = true } }, Policy("* 90d"), Now)?.Standing);
        Assert.Equal(PlanStanding.AgeUnknown, PlannedChange.Of(old with { Versions = 2 }, Policy("* 90d"), Now)?.Standing);
        PlannedChange? end = PlannedChange.Of(old with { Use = KeyUse.Plain with { DeletionDue = Now } }, RolloverPolicy.None, Now);
        Assert.Equal((PlannedAction.Delete, PlanStanding.Due), (end?.Action, end?.Standing));
    }
}
