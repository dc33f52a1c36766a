using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Authentication;

/// <summary>What a delegation token says of itself, readable by whoever holds it. Whether it is true only a server knows: this has no password in it.</summary>
/// <param name="Owner">Whom it stands for.</param>
/// <param name="Renewer">Who may renew it; empty for nobody.</param>
/// <param name="RealUser">The proxy that asked for it; empty where the owner did.</param>
/// <param name="Issued">When it was made.</param>
/// <param name="RenewableUntil">No renewal goes beyond it. When it ends unless it is renewed, it does not say.</param>
/// <param name="Number">Its number on the store that it is of.</param>
/// <param name="MasterKeyId">The key that its password was made with.</param>
/// <param name="Kind"><c>kms-dt</c> for every token of a KMS.</param>
/// <param name="Service">Whom it is for; empty for any server that takes it.</param>
public sealed record TokenDescription(
    string Owner, string Renewer, string RealUser, DateTimeOffset Issued, DateTimeOffset RenewableUntil, int Number, int MasterKeyId, string Kind, string Service)
{
    /// <summary>Reads a token's text, as GETDELEGATIONTOKEN answers it.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: it is no token. The text is not repeated: it may be half a secret.</exception>
    public static TokenDescription Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            DelegationToken token = DelegationToken.Decode(text);
            TokenIdentifier says = token.Identifier;
            return new TokenDescription(says.Owner, says.Renewer, says.RealUser, JavaTime.At(says.IssueDate), JavaTime.At(says.MaxDate), says.SequenceNumber, says.MasterKeyId, token.Kind, token.Service);
        }
        catch (TokenFormatException malformed)
        {
            throw new KmsException(ErrorKind.InvalidRequest, "This is no delegation token", "Give the text that New-KmsDelegationToken or GETDELEGATIONTOKEN answered, whole.", inner: malformed);
        }
    }
}
