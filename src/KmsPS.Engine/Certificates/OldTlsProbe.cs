using System.Buffers.Binary;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// Finds out whether a server takes versions and cipher suites that nobody should offer any more. The hello is written by hand: the
/// system's library refuses to offer them itself. Nothing but a hello is sent, and the connection ends at the answer.
/// </summary>
/// <remarks>SOURCE: RFC 5246 §7.4.1, RFC 6066 §3 (server name), RFC 6101 (SSL 3.0).</remarks>
internal static class OldTlsProbe
{
    private const byte Handshake = 22;
    private const byte ServerHello = 2;

    // Without forward secrecy, or not authenticating what they encrypt, or broken outright; those of TLS 1.0 among them.
    private static readonly ushort[] WeakSuites =
    [
        0xC013, 0xC014, 0xC009, 0xC00A, 0xC023, 0xC024, 0xC027, 0xC028, 0x009C, 0x009D, 0x002F, 0x0035, 0x003C, 0x003D,
        0x0033, 0x0039, 0x0067, 0x006B, 0xC012, 0xC008, 0x000A, 0xC011, 0xC007, 0x0005, 0x0004, 0x0009, 0x0002, 0x0001,
    ];

    private static readonly (string Name, ushort Version)[] Offers = [("SSL 3.0", 0x0300), ("TLS 1.0", 0x0301), ("TLS 1.1", 0x0302), ("TLS 1.2", 0x0303)];

    /// <summary>What the server takes: <c>TLS 1.0 with TLS_…</c>.</summary>
    /// <exception cref="IOException">It cannot be reached, or does not answer in time.</exception>
    internal static async ValueTask<IReadOnlyList<string>> FindAsync(TlsQuestion question, CancellationToken cancellationToken)
    {
        List<string> taken = [];
        foreach ((string name, ushort version) in Offers)
        {
            if (await AskAsync(question, version, cancellationToken).ConfigureAwait(false) is { } suite)
            {
                taken.Add($"{name} with {(TlsCipherSuite)suite}");
            }
        }

        return taken;
    }

    private static async ValueTask<ushort?> AskAsync(TlsQuestion question, ushort version, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(question.Timeout);
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(question.Host, question.Port, patience.Token).ConfigureAwait(false);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Hello(question.Host, version), patience.Token).ConfigureAwait(false);
            byte[] head = new byte[5];
            await stream.ReadExactlyAsync(head, patience.Token).ConfigureAwait(false);
            byte[] record = new byte[BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(3))];
            await stream.ReadExactlyAsync(record, patience.Token).ConfigureAwait(false);
            return head[0] == Handshake ? Chosen(record, version) : null;
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"no answer to a TLS hello within {question.Timeout.TotalSeconds:0.###} s"), late);
        }
        catch (Exception ended) when (ended is EndOfStreamException or IOException { InnerException: SocketException })
        {
            // To hang up is a refusal too.
            return null;
        }
    }

    // type, length in three bytes, version, 32 random bytes, session id, suite
    private static ushort? Chosen(ReadOnlySpan<byte> record, ushort version)
    {
        if (record.Length < 39 || record[0] != ServerHello || BinaryPrimitives.ReadUInt16BigEndian(record[4..]) != version)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = record[(39 + record[38])..];
        return rest.Length < 2 ? null : BinaryPrimitives.ReadUInt16BigEndian(rest);
    }

    private static byte[] Hello(string host, ushort version)
    {
        List<byte> body = [(byte)(version >> 8), (byte)version, .. RandomNumberGenerator.GetBytes(32), 0];
        AppendCounted(body, [.. WeakSuites.SelectMany(static suite => (byte[])[(byte)(suite >> 8), (byte)suite])]);
        body.AddRange([1, 0]);
        if (version > 0x0300)
        {
            AppendCounted(body, Extensions(host, version));
        }

        List<byte> message = [1, 0];
        AppendCounted(message, body);
        List<byte> record = [Handshake, 3, (byte)(version == 0x0300 ? 0 : 1)];
        AppendCounted(record, message);
        return [.. record];
    }

    private static List<byte> Extensions(string host, ushort version)
    {
        List<byte> all = [];
        if (Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            List<byte> entry = [0];
            AppendCounted(entry, Encoding.ASCII.GetBytes(host));
            List<byte> names = [];
            AppendCounted(names, entry);
            Append(all, 0, names);
        }

        // Curves P-256, P-384, P-521 and X25519; uncompressed points.
        Append(all, 10, [0, 8, 0, 23, 0, 24, 0, 25, 0, 29]);
        Append(all, 11, [1, 0]);
        if (version == 0x0303)
        {
            // RSA and ECDSA, with SHA-256, SHA-384, SHA-512 and SHA-1; RSA-PSS.
            Append(all, 13, [0, 20, 4, 1, 5, 1, 6, 1, 2, 1, 4, 3, 5, 3, 6, 3, 2, 3, 8, 4, 8, 5]);
        }

        return all;
    }

    private static void Append(List<byte> all, byte type, IReadOnlyCollection<byte> content)
    {
        all.AddRange([0, type]);
        AppendCounted(all, content);
    }

    private static void AppendCounted(List<byte> to, IReadOnlyCollection<byte> content)
    {
        to.AddRange([(byte)(content.Count >> 8), (byte)content.Count]);
        to.AddRange(content);
    }
}
