using System.Management.Automation;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// A cmdlet about encrypted keys. They bind by their properties, so a <see cref="KmsEncryptedKey"/>, a line of a CSV file and an object
/// from JSON are the same to it.
/// </summary>
public abstract class EncryptedKeyCmdlet : KmsProviderCmdlet
{
    /// <summary>The key it was made under.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("KeyName")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The version of the key that wraps it.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VersionName")]
    [ValidateNotNullOrEmpty]
    public string Version { get; set; } = "";

    /// <summary>Its initialisation vector, 16 bytes as Base64.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string InitializationVector { get; set; } = "";

    /// <summary>The wrapped data key, as Base64.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string EncryptedMaterial { get; set; } = "";

    /// <summary>The encrypted key that was given; a malformed one is an error and <see langword="null"/>.</summary>
    private protected EncryptedKeyVersion? Given()
    {
        if (ParseName(Name) is not { } key || Bytes(InitializationVector, nameof(InitializationVector)) is not { } iv || Bytes(EncryptedMaterial, nameof(EncryptedMaterial)) is not { } material)
        {
            return null;
        }

        return new EncryptedKeyVersion(key, KeyVersionName.Parse(Version), iv, material);
    }

    // URL-safe and standard alphabets, padded or not: REST answers carry the one, Java's tools print the other.
    private byte[]? Bytes(string text, string parameter)
    {
        string standard = text.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        byte[] bytes = new byte[standard.Length];
        if (Convert.TryFromBase64String(standard.PadRight((standard.Length + 3) / 4 * 4, '='), bytes, out int length))
        {
            return bytes[..length];
        }

        ShellException bad = new("EncryptedKeyInvalid", ErrorCategory.InvalidData, $"-{parameter} of an encrypted key of '{Printable.Text(Name)}' is no Base64 text", "Was it cut off, or is it another column?");
        WriteError(ErrorRecords.From(bad, text));
        return null;
    }
}
