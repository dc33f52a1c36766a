using System.Net;
using KmsPS.Server.Limits;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

public sealed class LeakyBucketTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_bucket_takes_its_depth_at_once_and_then_one_drop_an_interval()
    {
        LeakyBuckets<string> buckets = new(TimeSpan.FromMilliseconds(100), 3, _time);
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(TimeSpan.Zero, buckets.Take("alice")));
        Assert.Equal(TimeSpan.FromMilliseconds(100), buckets.Take("alice"));
        Assert.Equal(TimeSpan.Zero, buckets.Take("bob"));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(TimeSpan.FromMilliseconds(1), buckets.Take("alice"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.Zero, buckets.Take("alice"));
        Assert.NotEqual(TimeSpan.Zero, buckets.Take("alice"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(TimeSpan.Zero, buckets.Take("alice")));
        Assert.NotEqual(TimeSpan.Zero, buckets.Take("alice"));
    }

    [Fact]
    public void Drops_without_room_make_nobody_wait_for_ever()
    {
        LeakyBuckets<ulong> buckets = new(TimeSpan.FromSeconds(1), 5, _time);
        for (int i = 0; i < 10_000; i++)
        {
            buckets.Add(7);
        }

        Assert.Equal(TimeSpan.FromSeconds(2), buckets.WaitOf(7));
        Assert.Equal(TimeSpan.Zero, buckets.WaitOf(8));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, buckets.WaitOf(7));
    }

    [Fact]
    public void A_million_strangers_take_no_memory_and_do_not_wash_a_full_bucket_away()
    {
        LeakyBuckets<ulong> buckets = new(TimeSpan.FromSeconds(1), 5, _time);
        for (int i = 0; i < 6; i++)
        {
            buckets.Add(1);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong stranger = 2; stranger < 1_000_000; stranger++)
        {
            buckets.Add(stranger);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(TimeSpan.Zero, buckets.WaitOf(1));
    }

    [Fact]
    public void An_address_of_IPv6_counts_with_its_network()
    {
        Assert.Equal(AddressKey.Of(IPAddress.Parse("2001:db8:1:2::1")), AddressKey.Of(IPAddress.Parse("2001:db8:1:2:ffff::9")));
        Assert.NotEqual(AddressKey.Of(IPAddress.Parse("2001:db8:1:2::1")), AddressKey.Of(IPAddress.Parse("2001:db8:1:3::1")));
        Assert.NotEqual(AddressKey.Of(IPAddress.Parse("192.0.2.1")), AddressKey.Of(IPAddress.Parse("192.0.2.2")));
    }
}
