using KmsPS.Engine.Telemetry;

namespace KmsPS.Tests.Telemetry;

/// <summary>The clock that reads the wall clock once a tick.</summary>
public sealed class CoarseClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_wall_clock_is_read_once_in_a_tick_and_followed_wherever_it_is_set()
    {
        SetClock wall = new() { Now = Start };
        long tick = 7;
        CoarseClock clock = new(wall, () => tick);
        wall.Now = Start + TimeSpan.FromMilliseconds(3);
        Assert.Equal(Start, clock.GetUtcNow());
        tick++;
        Assert.Equal(Start + TimeSpan.FromMilliseconds(3), clock.GetUtcNow());
        wall.Now = Start - TimeSpan.FromHours(1);
        tick++;
        Assert.Equal(Start - TimeSpan.FromHours(1), clock.GetUtcNow());
    }

    [Fact]
    public void Time_stamps_are_milliseconds_that_a_set_wall_clock_does_not_move()
    {
        SetClock wall = new() { Now = Start };
        long tick = 1000;
        CoarseClock clock = new(wall, () => tick);
        long before = clock.GetTimestamp();
        wall.Now = Start - TimeSpan.FromDays(1);
        tick += 250;
        Assert.Equal(TimeSpan.FromMilliseconds(250), clock.GetElapsedTime(before));
    }

    [Fact]
    public void The_systems_clock_is_at_most_some_milliseconds_ahead()
    {
        TimeProvider clock = CoarseClock.Of(TimeProvider.System);
        Assert.IsType<CoarseClock>(clock);
        for (int i = 0; i < 20; i++)
        {
            DateTimeOffset coarse = clock.GetUtcNow();
            TimeSpan late = TimeProvider.System.GetUtcNow() - coarse;
            Assert.InRange(late, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Thread.Sleep(5);
        }
    }

    [Fact]
    public void Any_other_clock_is_taken_as_it_is()
    {
        SetClock test = new() { Now = Start };
        Assert.Same(test, CoarseClock.Of(test));
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
