using System.Globalization;

namespace KmsPS.Engine.Authentication;

/// <summary>What a delegation token says. SOURCE: Hadoop AbstractDelegationTokenIdentifier.</summary>
/// <param name="Owner">Whom it stands for.</param>
/// <param name="Renewer">Who may renew it; empty for nobody.</param>
/// <param name="RealUser">The proxy that asked for it; empty where the owner did.</param>
/// <param name="IssueDate">Milliseconds since 1970.</param>
/// <param name="MaxDate">Milliseconds since 1970; no renewal goes beyond it.</param>
/// <param name="SequenceNumber">Its number, counted from 1.</param>
/// <param name="MasterKeyId">The key that its password was made with.</param>
internal sealed record TokenIdentifier(string Owner, string Renewer, string RealUser, long IssueDate, long MaxDate, int SequenceNumber, int MasterKeyId)
{
    private const byte Version = 0;
    private const int TypicalLength = 128;

    /// <summary>The bytes that the password is computed over.</summary>
    public byte[] Encode()
    {
        List<byte> bytes = new(TypicalLength) { Version };
        WritableText.AppendText(bytes, Owner);
        WritableText.AppendText(bytes, Renewer);
        WritableText.AppendText(bytes, RealUser);
        WritableText.AppendNumber(bytes, IssueDate);
        WritableText.AppendNumber(bytes, MaxDate);
        WritableText.AppendNumber(bytes, SequenceNumber);
        WritableText.AppendNumber(bytes, MasterKeyId);
        return [.. bytes];
    }

    /// <summary>Reads the bytes; what follows the last field is not looked at.</summary>
    /// <exception cref="TokenFormatException">They are cut off, or of another version.</exception>
    public static TokenIdentifier Decode(ReadOnlySpan<byte> bytes)
    {
        WritableReader reader = new(bytes);
        byte version = reader.Byte();
        return version == Version
            ? new TokenIdentifier(reader.Text(), reader.Text(), reader.Text(), reader.Number(), reader.Number(), unchecked((int)reader.Number()), unchecked((int)reader.Number()))
            : throw new TokenFormatException(string.Create(CultureInfo.InvariantCulture, $"java.io.IOException: Unknown version of delegation token {version}"), isNonsense: false);
    }

    /// <summary>The form that messages quote.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{DelegationToken.KindName} owner={Owner}, renewer={Renewer}, realUser={RealUser}, issueDate={IssueDate}, maxDate={MaxDate}, sequenceNumber={SequenceNumber}, masterKeyId={MasterKeyId}");
}
