using System.Buffers.Binary;
using System.Net;

namespace KmsPS.Server.Limits;

/// <summary>Whom an address belongs to: all of IPv4, the first 64 bits of IPv6, of which whoever has one has 2^64.</summary>
internal static class AddressKey
{
    /// <summary>The number that stands for an address; allocates nothing.</summary>
    public static ulong Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
