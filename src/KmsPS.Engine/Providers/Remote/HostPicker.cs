using System.Security.Cryptography;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>
/// In which order the servers are asked: shuffled once, then each call begins one further. A server that could not be reached is asked last
/// for a while, so that a host without power does not cost every second call a connect time-out.
/// </summary>
/// <remarks>SOURCE: Hadoop LoadBalancingKMSClientProvider.nextIdx; the avoidance is ours.</remarks>
public sealed class HostPicker
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _avoidance;
    private readonly int[] _shuffled;
    private readonly long[] _unreachableSince;
    private int _next = -1;

    /// <param name="count">Number of servers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="avoidance">How long an unreachable server is asked last.</param>
    /// <param name="shuffle">Whether the order is drawn by lot; false keeps it as written.</param>
    public HostPicker(int count, TimeProvider time, TimeSpan avoidance, bool shuffle = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _time = time;
        _avoidance = avoidance;
        _shuffled = [.. Enumerable.Range(0, count)];
        _unreachableSince = new long[count];
        if (shuffle)
        {
            RandomNumberGenerator.Shuffle(_shuffled.AsSpan());
        }
    }

    /// <summary>The servers, by their place in the URI, in the order of one call's attempts.</summary>
    public int[] Next()
    {
        int count = _shuffled.Length;
        int start = (int)((uint)Interlocked.Increment(ref _next) % (uint)count);
        int[] order = new int[count];
        int reachable = 0;
        for (int i = 0; i < count; i++)
        {
            int server = _shuffled[(start + i) % count];
            if (!IsAvoided(server))
            {
                order[reachable++] = server;
            }
        }

        for (int i = 0; i < count && reachable < count; i++)
        {
            int server = _shuffled[(start + i) % count];
            if (Array.IndexOf(order, server, 0, reachable) < 0)
            {
                order[reachable++] = server;
            }
        }

        return order;
    }

    /// <summary>No connection could be made.</summary>
    public void Unreachable(int server) => Volatile.Write(ref _unreachableSince[server], Math.Max(_time.GetTimestamp(), 1));

    /// <summary>It answered.</summary>
    public void Answered(int server)
    {
        if (Volatile.Read(ref _unreachableSince[server]) != 0)
        {
            Volatile.Write(ref _unreachableSince[server], 0);
        }
    }

    private bool IsAvoided(int server) => Volatile.Read(ref _unreachableSince[server]) is not 0 and long since && _time.GetElapsedTime(since) < _avoidance;
}
