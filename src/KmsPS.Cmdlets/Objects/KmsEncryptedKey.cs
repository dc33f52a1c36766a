using KmsPS.Engine.Keys;

namespace KmsPS;

/// <summary>
/// A data key under a key version: what is stored beside the data it encrypts. Nothing in it is secret. Its properties are all there
/// is, so it survives <c>ConvertTo-Json</c>, <c>Export-Csv</c> and a job's serialisation, and is piped back in from any of them.
/// </summary>
public sealed class KmsEncryptedKey
{
    internal KmsEncryptedKey(EncryptedKeyVersion eek, string provider)
    {
        Name = eek.Key.Value;
        Version = eek.Version.Value;
        InitializationVector = Convert.ToBase64String(eek.Iv.Span);
        EncryptedMaterial = Convert.ToBase64String(eek.EncryptedMaterial.Span);
        Provider = provider;
    }

    /// <summary>The key it was made under.</summary>
    public string Name { get; }

    /// <summary>The version of the key that wraps.</summary>
    public string Version { get; }

    /// <summary>16 bytes, as Base64.</summary>
    public string InitializationVector { get; }

    /// <summary>The wrapped data key, as Base64.</summary>
    public string EncryptedMaterial { get; }

    /// <summary>The connection it was made over.</summary>
    public string Provider { get; }

    /// <summary>The key's name: a cmdlet that this is piped into acts on the key.</summary>
    public override string ToString() => Name;
}
