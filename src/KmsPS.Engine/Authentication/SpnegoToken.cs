using System.Formats.Asn1;
using System.Text;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Authentication;

/// <summary>What a client's token says before it is opened: for whom its ticket is, and under which key.</summary>
/// <param name="Service">The ticket's service principal. Not proved: whoever opens the ticket proves it.</param>
/// <param name="KeyVersion">Number of the key that the ticket is sealed with; <see langword="null"/> where it is not told.</param>
/// <param name="Encryption">Type of that key.</param>
/// <remarks>
/// SOURCE: RFC 4178 §4.2 (NegTokenInit), RFC 2743 §3.1 (frame), RFC 4121 §4.1, RFC 4120 §5.3 and §5.5.1 (ticket, AP-REQ). A stock server
/// reads the name at the same place, and takes nothing but a first token with a Kerberos ticket in it.
/// </remarks>
internal sealed record SpnegoToken(string Service, int? KeyVersion, int Encryption)
{
    private const string Spnego = "1.3.6.1.5.5.2";
    private const string Kerberos = "1.2.840.113554.1.2.2";
    private const string KerberosOfWindows = "1.2.840.48018.1.2.2";

    private static readonly Asn1Tag Frame = new(TagClass.Application, 0, isConstructed: true);
    private static readonly Asn1Tag ApRequest = new(TagClass.Application, 14, isConstructed: true);
    private static readonly Asn1Tag Ticket = new(TagClass.Application, 1, isConstructed: true);

    /// <summary>Looks into a token, SPNEGO or bare Kerberos.</summary>
    /// <param name="bytes">The token.</param>
    /// <param name="token">What it says.</param>
    /// <param name="problem">Why it is none, where it is none.</param>
    internal static bool TryRead(ReadOnlyMemory<byte> bytes, out SpnegoToken? token, out string problem)
    {
        token = null;
        problem = "The token holds no Kerberos ticket";
        try
        {
            token = Read(bytes, mayWrap: true);
        }
        catch (AsnContentException)
        {
            problem = "The token is malformed";
        }

        if (token is null && bytes.Span.IndexOf("NTLMSSP\0"u8) >= 0)
        {
            problem = "The token is NTLM's, and only Kerberos is spoken here: the client has no ticket for this server";
        }

        return token is not null;
    }

    private static SpnegoToken? Read(ReadOnlyMemory<byte> bytes, bool mayWrap)
    {
        AsnDecoder.ReadSequence(bytes.Span, AsnEncodingRules.BER, out int start, out int length, out int consumed, Frame);
        if (consumed != bytes.Length)
        {
            throw new AsnContentException();
        }

        ReadOnlyMemory<byte> content = bytes.Slice(start, length);
        string mechanism = AsnDecoder.ReadObjectIdentifier(content.Span, AsnEncodingRules.BER, out int named);
        return mechanism switch
        {
            Spnego when mayWrap => MechanismToken(content[named..]) is { } inner ? Read(inner, mayWrap: false) : null,
            Kerberos or KerberosOfWindows => Request(content[named..]),
            _ => null,
        };
    }

    // NegTokenInit ::= [0] SEQUENCE { mechTypes [0], reqFlags [1] OPTIONAL, mechToken [2] OCTET STRING OPTIONAL, … }
    private static ReadOnlyMemory<byte>? MechanismToken(ReadOnlyMemory<byte> bytes)
    {
        AsnReader init = new AsnReader(bytes, AsnEncodingRules.BER).ReadSequence(Context(0)).ReadSequence();
        while (init.HasData)
        {
            if (init.PeekTag().HasSameClassAndValue(Context(2)))
            {
                return init.ReadSequence(Context(2)).ReadOctetString();
            }

            init.ReadEncodedValue();
        }

        return null;
    }

    // Two bytes, 01 00, that are no DER stand between the mechanism and the AP-REQ.
    private static SpnegoToken? Request(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.Span.StartsWith((ReadOnlySpan<byte>)[1, 0]))
        {
            return null;
        }

        AsnReader request = new AsnReader(bytes[2..], AsnEncodingRules.BER).ReadSequence(ApRequest).ReadSequence();
        Skip(request, 3);
        AsnReader ticket = request.ReadSequence(Context(3)).ReadSequence(Ticket).ReadSequence();
        Skip(ticket, 1);
        string realm = Text(ticket.ReadSequence(Context(1)));
        AsnReader name = ticket.ReadSequence(Context(2)).ReadSequence();
        Skip(name, 1);
        AsnReader parts = name.ReadSequence(Context(1)).ReadSequence();
        List<string> components = [];
        while (parts.HasData)
        {
            components.Add(Text(parts));
        }

        AsnReader sealed_ = ticket.ReadSequence(Context(3)).ReadSequence();
        int encryption = Number(sealed_.ReadSequence(Context(0)));
        int? version = sealed_.HasData && sealed_.PeekTag().HasSameClassAndValue(Context(1)) ? Number(sealed_.ReadSequence(Context(1))) : null;
        return new SpnegoToken($"{string.Join('/', components)}@{realm}", version, encryption);
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static int Number(AsnReader reader) => reader.TryReadInt32(out int value) ? value : throw new AsnContentException();

    private static void Skip(AsnReader reader, int values)
    {
        for (int i = 0; i < values; i++)
        {
            reader.ReadEncodedValue();
        }
    }

    // KerberosString is a GeneralString, for which the reader has no decoder; the bytes are ASCII or UTF-8.
    private static string Text(AsnReader reader)
    {
        ReadOnlyMemory<byte> content = reader.PeekContentBytes();
        reader.ReadEncodedValue();
        return Printable.Text(Encoding.UTF8.GetString(content.Span));
    }
}
