using System.Runtime.CompilerServices;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Secrets;

public sealed class SecretBytesTests
{
    [Fact]
    public void Bytes_live_as_long_as_the_last_handle_and_are_zero_afterwards()
    {
        SecretBytes one = SecretBytes.CopyOf("a secret of thirty-two bytes...."u8);
        SecretBytes two = one.Share();
        SecretLease lease = two.Open();
        ref readonly byte first = ref lease.Span[0];
        one.Dispose();
        two.Dispose();
        Assert.Equal((byte)'a', lease.Span[0]);
        lease.Dispose();
        Assert.Equal(0, first);
        Assert.Throws<ObjectDisposedException>(() => one.Share());
        Assert.Throws<ObjectDisposedException>(() => two.Open().Dispose());
    }

    [Fact]
    public void A_copied_lease_reads_nothing_once_the_secret_is_gone()
    {
        SecretBytes secret = SecretBytes.CopyOf("gone"u8);
        SecretLease lease = secret.Open();
        SecretLease copy = lease;
        secret.Dispose();
        lease.Dispose();
        using SecretBytes next = SecretBytes.CopyOf("mine"u8);
        bool refused = false;
        try
        {
            _ = copy.Span.Length;
        }
        catch (ObjectDisposedException)
        {
            refused = true;
        }

        Assert.True(refused, "the copy reads another's secret");
    }

    [Fact]
    public void A_fill_that_fails_leaves_nothing_behind_for_the_next()
    {
        Assert.Throws<InvalidOperationException>(static () => SecretBytes.Create(16, 0, static (bytes, _) =>
        {
            bytes.Fill(0x5A);
            throw new InvalidOperationException();
        }));
        using SecretBytes next = SecretBytes.Create(16, 0, static (bytes, _) => Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0, "what was there before shows"));
        Assert.Equal(16, next.Length);
    }

    [Fact]
    public async Task Secrets_that_come_and_go_on_many_threads_are_never_mixed_up()
    {
        await Parallel.ForEachAsync(Enumerable.Range(1, 8), TestContext.Current.CancellationToken, static (mark, _) =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                using SecretBytes secret = SecretBytes.Create(32, (byte)mark, static (bytes, value) => bytes.Fill(value));
                using SecretBytes shared = secret.Share();
                using SecretLease lease = shared.Open();
                Assert.True(lease.Span.IndexOfAnyExcept((byte)mark) < 0, "another secret's bytes");
            }

            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void A_handle_that_nobody_disposed_is_zeroed_by_the_net()
    {
        unsafe
        {
            byte* place = Forget();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(0, *place);
        }
    }

    // The place is pinned and at least its own finaliser has run: its memory is still mapped, and holds zeroes or another's bytes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe byte* Forget()
    {
        SecretBytes forgotten = SecretBytes.CopyOf("forgotten"u8);
        using SecretLease lease = forgotten.Open();
        fixed (byte* first = lease.Span)
        {
            return first;
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(240)]
    [InlineData(1000)]
    public void Secrets_that_live_at_once_never_share_their_place(int length)
    {
        Parallel.For(0, 4, worker =>
        {
            List<(SecretBytes Secret, byte[] Value)> alive = [];
            Random dice = new(worker);
            for (int i = 0; i < 4000; i++)
            {
                byte[] value = new byte[length];
                dice.NextBytes(value);
                alive.Add((SecretBytes.CopyOf(value), value));
                if (dice.Next(3) == 0)
                {
                    int one = dice.Next(alive.Count);
                    Assert.True(alive[one].Secret.FixedTimeEquals(alive[one].Value));
                    alive[one].Secret.Dispose();
                    alive.RemoveAt(one);
                }
            }

            Assert.All(alive, static each => Assert.True(each.Secret.FixedTimeEquals(each.Value)));
            alive.ForEach(static each => each.Secret.Dispose());
        });
    }

    [Fact]
    public void A_place_is_zeroed_before_it_is_anybody_elses()
    {
        for (int i = 0; i < 2000; i++)
        {
            SecretBytes.Create(48, 0, static (destination, _) =>
            {
                Assert.True(destination.IndexOfAnyExcept((byte)0) < 0);
                destination.Fill(0xA5);
            }).Dispose();
        }
    }
}
