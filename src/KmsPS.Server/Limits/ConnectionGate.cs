using System.Collections.Concurrent;
using System.Net;
using KmsPS.Engine.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace KmsPS.Server.Limits;

/// <summary>
/// Counts connections from before their handshake to their end. The first ones over a limit are told to come back later, when they
/// send a request; those beyond are closed at once, so that a flood costs no handshakes.
/// </summary>
internal sealed class ConnectionGate(LimitSettings settings, KmsMeter meter)
{
    // So many over a limit get an answer.
    private const int Polite = 64;

    private readonly ConcurrentDictionary<ulong, int> _byAddress = new();
    private int _open;

    /// <summary>Connections now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Whether a connection was let in over a limit, for its first request to be refused.</summary>
    public static bool IsOver(ConnectionContext connection) => connection.Features.Get<OverLimit>() is not null;

    /// <summary>Carries one connection.</summary>
    public async Task PassAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        ulong? address = settings.ConnectionsOfAddress > 0 && connection.RemoteEndPoint is IPEndPoint { Address: { } from } ? AddressKey.Of(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from) : null;
        int over = Interlocked.Increment(ref _open) - settings.Connections;
        if (address is { } key)
        {
            over = Math.Max(over, _byAddress.AddOrUpdate(key, 1, static (_, count) => count + 1) - settings.ConnectionsOfAddress);
        }

        try
        {
            if (over > 0)
            {
                meter.Refused(DoorRefusal.Connections);
                connection.Features.Set(new OverLimit());
            }

            if (over > Polite)
            {
                connection.Abort(new ConnectionAbortedException("Too many connections"));
                return;
            }

            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            if (address is { } left)
            {
                Leave(left);
            }
        }
    }

    // An address without connections takes no room.
    private void Leave(ulong address)
    {
        while (_byAddress.TryGetValue(address, out int count))
        {
            bool done = count > 1 ? _byAddress.TryUpdate(address, count - 1, count) : _byAddress.TryRemove(KeyValuePair.Create(address, count));
            if (done)
            {
                return;
            }
        }
    }

    private sealed class OverLimit;
}
