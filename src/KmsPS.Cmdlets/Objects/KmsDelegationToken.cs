using System.Globalization;
using System.Security;
using System.Text;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Secrets;

namespace KmsPS;

/// <summary>
/// A delegation token: whoever has its text is its owner for a server. The object shows what the token says; the text comes out by
/// <see cref="ToSecureString"/> and <c>Get-KmsDelegationToken -AsPlainText</c> alone, and travels neither in CLIXML nor in JSON.
/// </summary>
public sealed class KmsDelegationToken
{
    private readonly SecretBytes _text;

    internal KmsDelegationToken(string text, string source)
    {
        TokenDescription says = TokenDescription.Read(text);
        _text = SecretBytes.CopyOf(Encoding.ASCII.GetBytes(text));
        Owner = says.Owner;
        Renewer = says.Renewer;
        RealUser = says.RealUser;
        Number = says.Number;
        Issued = says.Issued.LocalDateTime;
        RenewableUntil = says.RenewableUntil.LocalDateTime;
        MasterKeyId = says.MasterKeyId;
        Kind = says.Kind;
        Service = says.Service;
        Source = source;
    }

    /// <summary>Whom it stands for.</summary>
    public string Owner { get; }

    /// <summary>Who may renew it; empty for nobody.</summary>
    public string Renewer { get; }

    /// <summary>The proxy that asked for it; empty where the owner did.</summary>
    public string RealUser { get; }

    /// <summary>Its number among the tokens of its servers.</summary>
    public int Number { get; }

    /// <summary>When it was made, local time.</summary>
    public DateTime Issued { get; }

    /// <summary>When it ends, local time. A server says so only when it renews the token; empty before.</summary>
    public DateTime? Expires { get; internal set; }

    /// <summary>No renewal goes beyond it, local time.</summary>
    public DateTime RenewableUntil { get; }

    /// <summary>The master key that its password was made with.</summary>
    public int MasterKeyId { get; }

    /// <summary><c>kms-dt</c> for every token of a KMS.</summary>
    public string Kind { get; }

    /// <summary>Whom it is for; empty for every server that takes it.</summary>
    public string Service { get; }

    /// <summary>The connection that it was asked for over; empty for one that was read.</summary>
    public string Source { get; }

    /// <summary>The text, in the form that PowerShell keeps secrets in.</summary>
    public SecureString ToSecureString()
    {
        SecureString secure = new();
        using SecretLease lease = _text.Open();
        foreach (byte character in lease.Span)
        {
            secure.AppendChar((char)character);
        }

        secure.MakeReadOnly();
        return secure;
    }

    /// <summary>What it says of itself, and nothing of its text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Number} of {Owner}");

    /// <summary>The text itself.</summary>
    internal string Reveal()
    {
        using SecretLease lease = _text.Open();
        return Encoding.ASCII.GetString(lease.Span);
    }

    /// <summary>Whether both are one token.</summary>
    internal bool IsTheSame(KmsDelegationToken other) => string.Equals(Reveal(), other.Reveal(), StringComparison.Ordinal);
}
