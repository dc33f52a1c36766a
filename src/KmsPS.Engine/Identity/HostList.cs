using System.Net;
using System.Net.Sockets;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>Names, addresses and ranges such as <c>10.0.0.0/8</c>. SOURCE: Hadoop MachineList.</summary>
/// <param name="IsEverywhere">Whether it is <c>*</c>.</param>
/// <param name="Addresses">Single addresses.</param>
/// <param name="Ranges">Ranges, with the number of bits that count.</param>
public sealed record HostList(bool IsEverywhere, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<(IPAddress Address, int Bits)> Ranges)
{
    /// <summary>No address at all.</summary>
    public static HostList None { get; } = new(false, [], []);

    /// <summary>Reads a comma list; <c>*</c> alone means everywhere, names are looked up now.</summary>
    /// <param name="text">The list.</param>
    /// <param name="bad">Makes the refusal of a malformed range.</param>
    /// <param name="unknown">Is told of names without an address; they match nobody.</param>
    public static HostList Parse(string text, Func<string, ConfigurationException> bad, Action<string> unknown)
    {
        if (JavaText.Trim(text) == "*")
        {
            return new HostList(true, [], []);
        }

        List<IPAddress> addresses = [];
        List<(IPAddress, int)> ranges = [];
        foreach (string entry in JavaText.List(text))
        {
            if (entry.Contains('/', StringComparison.Ordinal))
            {
                string[] parts = entry.Split('/');
                ranges.Add(parts.Length == 2 && IPAddress.TryParse(parts[0], out IPAddress? network)
                    && int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int bits) && bits <= Bits(network)
                    ? (network, bits)
                    : throw bad($"holds '{entry}', which is no address range such as 10.0.0.0/8"));
            }
            else if (IPAddress.TryParse(entry, out IPAddress? literal))
            {
                addresses.Add(Plain(literal));
            }
            else
            {
                addresses.AddRange(Resolve(entry, unknown));
            }
        }

        return new HostList(false, addresses, ranges);
    }

    /// <summary>Whether it names an address, IPv4 inside IPv6 included.</summary>
    public bool Has(IPAddress? address)
    {
        if (IsEverywhere || address is null)
        {
            return IsEverywhere;
        }

        IPAddress plain = Plain(address);
        return Addresses.Contains(plain) || Ranges.Any(range => Covers(range.Address, range.Bits, plain));
    }

    private static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool Covers(IPAddress network, int bits, IPAddress address)
    {
        byte[] left = network.GetAddressBytes();
        byte[] right = address.GetAddressBytes();
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length && bits > 0; i++, bits -= 8)
        {
            int mask = bits >= 8 ? 0xFF : 0xFF << (8 - bits);
            if (((left[i] ^ right[i]) & mask) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<IPAddress> Resolve(string host, Action<string> unknown)
    {
        try
        {
            return Dns.GetHostAddresses(host).Select(Plain);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            unknown(Keys.Printable.Text(host));
            return [];
        }
    }
}
