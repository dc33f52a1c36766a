using System.Collections.Frozen;
using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Wire;

/// <summary>What a client sends to make a key, before defaults are filled in. Whoever reads it disposes it.</summary>
/// <param name="Name">The name; <see langword="null"/> when it is missing.</param>
/// <param name="Cipher">The transformation, or <see langword="null"/> for the default.</param>
/// <param name="BitLength">Length in bits; 0 for the default.</param>
/// <param name="Description">Free text, or <see langword="null"/>.</param>
/// <param name="Attributes">Free pairs.</param>
/// <param name="Material">Given material, of whatever length; <see langword="null"/> to have it generated.</param>
public sealed record NewKeyBody(
    string? Name, string? Cipher, int BitLength, string? Description, FrozenDictionary<string, string> Attributes, SecretBytes? Material) : IDisposable
{
    /// <summary>Gives up the material.</summary>
    public void Dispose() => Material?.Dispose();
}

/// <summary>What a client sends to unwrap or re-wrap one EEK. The version stands in the path.</summary>
/// <param name="Name">The key's name; <see langword="null"/> when it is missing.</param>
/// <param name="Iv">The IV; <see langword="null"/> when it is missing.</param>
/// <param name="Material">The wrapped data key; <see langword="null"/> when it is missing.</param>
public readonly record struct EekBody(string? Name, byte[]? Iv, byte[]? Material);

/// <summary>What a client sends to re-wrap many EEKs.</summary>
/// <param name="Eeks">Those before the first that cannot be read.</param>
/// <param name="Malformed">What is wrong with that one; <see langword="null"/> where all are read.</param>
public readonly record struct EekBatchBody(IReadOnlyList<EncryptedKeyVersion> Eeks, KmsException? Malformed);

public static partial class KmsJson
{
    /// <summary>Reads what creates a key.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: no JSON, no object, or a member of a wrong type.</exception>
    public static NewKeyBody ReadNewKey(ReadOnlySpan<byte> body) => JsonShape.Read(body, NewKey);

    /// <summary>Reads what rolls a key: the given material, or <see langword="null"/>.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: as above.</exception>
    public static SecretBytes? ReadRoll(ReadOnlySpan<byte> body) => JsonShape.Read(body, Roll);

    /// <summary>Reads what unwraps or re-wraps one EEK.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: as above.</exception>
    public static EekBody ReadEek(ReadOnlySpan<byte> body) => JsonShape.Read(body, OneEek);

    /// <summary>Reads what re-wraps many EEKs of <paramref name="key"/>; the name inside of each element does not count.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: no JSON, or no array.</exception>
    public static EekBatchBody ReadEekBatchBody(ReadOnlySpan<byte> body, KeyName key) =>
        JsonShape.Read(body, (ref Utf8JsonReader json) => Batch(ref json, key));

    /// <summary>Reads the same where every element must be whole.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: as above, or an element has a wrong shape.</exception>
    public static IReadOnlyList<EncryptedKeyVersion> ReadEekBatch(ReadOnlySpan<byte> body, KeyName key)
    {
        EekBatchBody read = ReadEekBatchBody(body, key);
        return read.Malformed is null ? read.Eeks : throw read.Malformed;
    }

    private static NewKeyBody NewKey(ref Utf8JsonReader json)
    {
        string? name = null;
        string? cipher = null;
        string? description = null;
        int length = 0;
        FrozenDictionary<string, string> attributes = FrozenDictionary<string, string>.Empty;
        SecretBytes? material = null;
        try
        {
            JsonShape.RequireObject(ref json, "The body");
            while (JsonShape.NextMember(ref json))
            {
                if (JsonShape.Is(ref json, "name"u8))
                {
                    name = JsonShape.Text(ref json, "name");
                }
                else if (JsonShape.Is(ref json, "cipher"u8))
                {
                    cipher = JsonShape.Text(ref json, "cipher");
                }
                else if (JsonShape.Is(ref json, "length"u8))
                {
                    length = JsonShape.Integer(ref json, "length");
                }
                else if (JsonShape.Is(ref json, "description"u8))
                {
                    description = JsonShape.Text(ref json, "description");
                }
                else if (JsonShape.Is(ref json, "attributes"u8))
                {
                    attributes = JsonShape.Texts(ref json, "attributes");
                }
                else if (JsonShape.Is(ref json, "material"u8))
                {
                    material?.Dispose();
                    material = null;
                    material = JsonShape.Secret(ref json, "material");
                }
                else
                {
                    JsonShape.SkipMember(ref json);
                }
            }

            return new NewKeyBody(name, cipher, length, description, attributes, material);
        }
        catch
        {
            material?.Dispose();
            throw;
        }
    }

    private static SecretBytes? Roll(ref Utf8JsonReader json)
    {
        SecretBytes? material = null;
        try
        {
            JsonShape.RequireObject(ref json, "The body");
            while (JsonShape.NextMember(ref json))
            {
                if (JsonShape.Is(ref json, "material"u8))
                {
                    material?.Dispose();
                    material = null;
                    material = JsonShape.Secret(ref json, "material");
                }
                else
                {
                    JsonShape.SkipMember(ref json);
                }
            }

            return material;
        }
        catch
        {
            material?.Dispose();
            throw;
        }
    }

    private static EekBody OneEek(ref Utf8JsonReader json)
    {
        string? name = null;
        byte[]? iv = null;
        byte[]? material = null;
        JsonShape.RequireObject(ref json, "The body");
        while (JsonShape.NextMember(ref json))
        {
            if (JsonShape.Is(ref json, "name"u8))
            {
                name = JsonShape.Text(ref json, "name");
            }
            else if (JsonShape.Is(ref json, "iv"u8))
            {
                iv = JsonShape.Bytes(ref json, "iv");
            }
            else if (JsonShape.Is(ref json, "material"u8))
            {
                material = JsonShape.Bytes(ref json, "material");
            }
            else
            {
                JsonShape.SkipMember(ref json);
            }
        }

        return new EekBody(name, iv, material);
    }

    private static EekBatchBody Batch(ref Utf8JsonReader json, KeyName? key)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            throw JsonShape.Missing("jsonPayload");
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw JsonShape.Wrong("The body", "an array", json.TokenType);
        }

        List<EncryptedKeyVersion> eeks = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            try
            {
                eeks.Add(BatchElement(ref json, key));
            }
            catch (KmsException malformed)
            {
                return new EekBatchBody(eeks, malformed);
            }
        }

        return new EekBatchBody(eeks, null);
    }

    // SOURCE: Hadoop KMSUtil.parseJSONEncKeyVersion, whose order of checks this is.
    private static EncryptedKeyVersion BatchElement(ref Utf8JsonReader json, KeyName? key)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            throw JsonShape.Missing("valueMap");
        }

        string? version = null;
        byte[]? iv = null;
        InnerEek? inner = null;
        JsonShape.RequireObject(ref json, "An element");
        while (JsonShape.NextMember(ref json))
        {
            if (JsonShape.Is(ref json, "versionName"u8))
            {
                version = JsonShape.Text(ref json, "versionName");
            }
            else if (JsonShape.Is(ref json, "iv"u8))
            {
                iv = JsonShape.Bytes(ref json, "iv");
            }
            else if (JsonShape.Is(ref json, "encryptedKeyVersion"u8))
            {
                inner = Inner(ref json);
            }
            else
            {
                JsonShape.SkipMember(ref json);
            }
        }

        string outer = version ?? throw JsonShape.Missing("versionName");
        byte[] nonce = iv ?? throw JsonShape.Missing("iv");
        InnerEek wrapped = inner ?? throw JsonShape.Missing("encryptedKeyVersion");
        string label = wrapped.Label ?? throw JsonShape.Missing("versionName");
        byte[] material = wrapped.Material ?? throw JsonShape.Missing("material");
        if (label != EncryptedKeyVersion.Label)
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"encryptedKey version name must be '{EncryptedKeyVersion.Label}', but found '{label}'", "Send the EEK as it was made.");
        }

        return new EncryptedKeyVersion(key ?? JsonShape.Name(wrapped.Name), KeyVersionName.Parse(outer), nonce, material);
    }

    private static InnerEek? Inner(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        InnerEek inner = default;
        JsonShape.RequireObject(ref json, "Member 'encryptedKeyVersion'");
        while (JsonShape.NextMember(ref json))
        {
            if (JsonShape.Is(ref json, "versionName"u8))
            {
                inner = inner with { Label = JsonShape.Text(ref json, "versionName") };
            }
            else if (JsonShape.Is(ref json, "material"u8))
            {
                inner = inner with { Material = JsonShape.Bytes(ref json, "material") };
            }
            else if (JsonShape.Is(ref json, "name"u8))
            {
                inner = inner with { Name = JsonShape.Text(ref json, "name") };
            }
            else
            {
                JsonShape.SkipMember(ref json);
            }
        }

        return inner;
    }

    private readonly record struct InnerEek(string? Label, byte[]? Material, string? Name);
}
