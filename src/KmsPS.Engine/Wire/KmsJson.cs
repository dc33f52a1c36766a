using System.Buffers;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Wire;

/// <summary>
/// The bodies of the REST interface, written and read by hand, in both directions. Material goes from its
/// <see cref="SecretBytes"/> into the target and nowhere else. SOURCE: Hadoop KMSUtil, KMSServerJSONUtils.
/// </summary>
public static partial class KmsJson
{
    /// <summary>A key version; <c>{ }</c> for an unknown one, <c>null</c> as material that the caller may not see.</summary>
    public static void Write(IBufferWriter<byte> target, KeyVersion? version)
    {
        JacksonWriter json = new(target);
        Version(ref json, version);
        json.Flush();
    }

    /// <summary>Key versions, oldest first.</summary>
    public static void Write(IBufferWriter<byte> target, IReadOnlyList<KeyVersion> versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        JacksonWriter json = new(target);
        json.StartArray();
        foreach (KeyVersion version in versions)
        {
            json.Element();
            Version(ref json, version);
        }

        json.EndArray();
        json.Flush();
    }

    /// <summary>A key's description; <c>{ }</c> for an unknown one.</summary>
    public static void Write(IBufferWriter<byte> target, KeyMetadata? metadata)
    {
        JacksonWriter json = new(target);
        Metadata(ref json, metadata);
        json.Flush();
    }

    /// <summary>Descriptions in the order asked; <c>{ }</c> for unknown ones.</summary>
    public static void Write(IBufferWriter<byte> target, IReadOnlyList<KeyMetadata?> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        JacksonWriter json = new(target);
        json.StartArray();
        foreach (KeyMetadata? each in metadata)
        {
            json.Element();
            Metadata(ref json, each);
        }

        json.EndArray();
        json.Flush();
    }

    /// <summary>A part of a list of names: <paramref name="isFirst"/> opens the array, and <see cref="EndNames"/> closes it.</summary>
    public static void WriteName(IBufferWriter<byte> target, KeyName name, bool isFirst)
    {
        JacksonWriter json = new(target);
        json.Raw(isFirst ? "[ "u8 : ", "u8);
        json.Text(name.Value);
        json.Flush();
    }

    /// <summary>The end of a list of names.</summary>
    public static void EndNames(IBufferWriter<byte> target, bool isEmpty)
    {
        JacksonWriter json = new(target);
        json.Raw(isEmpty ? "[ ]"u8 : " ]"u8);
        json.Flush();
    }

    /// <summary>One EEK.</summary>
    public static void Write(IBufferWriter<byte> target, EncryptedKeyVersion eek)
    {
        ArgumentNullException.ThrowIfNull(eek);
        JacksonWriter json = new(target);
        Eek(ref json, eek, eek.Key.Value);
        json.Flush();
    }

    /// <summary>EEKs of a batch as a client sends them.</summary>
    public static void Write(IBufferWriter<byte> target, IReadOnlyList<EncryptedKeyVersion> eeks) => WriteReencrypted(target, eeks, eeks, namesAll: true);

    /// <summary>
    /// EEKs of a batch as a server answers: those that were already at the current version carry no key name.
    /// SOURCE: recorded/crypto/http, <c>batch: as generated</c>.
    /// </summary>
    public static void WriteReencrypted(IBufferWriter<byte> target, IReadOnlyList<EncryptedKeyVersion> asked, IReadOnlyList<EncryptedKeyVersion> answered) =>
        WriteReencrypted(target, asked, answered, namesAll: false);

    /// <summary>A data key, unwrapped.</summary>
    public static void WriteDecrypted(IBufferWriter<byte> target, KeyName key, SecretBytes material)
    {
        JacksonWriter json = new(target);
        Decrypted(ref json, key, material);
        json.Flush();
    }

    /// <summary>A data key, wrapped and unwrapped. SOURCE: Ranger KMS, generateDataKey.</summary>
    public static void WriteDataKey(IBufferWriter<byte> target, EncryptedKeyVersion eek, SecretBytes material)
    {
        ArgumentNullException.ThrowIfNull(eek);
        JacksonWriter json = new(target);
        json.StartObject();
        json.Name("edek"u8);
        Eek(ref json, eek, eek.Key.Value);
        json.Name("dek"u8);
        Decrypted(ref json, eek.Key, material);
        json.EndObject();
        json.Flush();
    }

    /// <summary>An error's envelope.</summary>
    public static void Write(IBufferWriter<byte> target, in RemoteError error)
    {
        JacksonWriter json = new(target);
        json.StartObject();
        json.Name("RemoteException"u8);
        json.StartObject();
        json.Name("message"u8);
        json.Text(error.Message);
        json.Name("exception"u8);
        json.Text(error.Exception);
        json.Name("javaClassName"u8);
        json.Text(error.JavaClass);
        json.EndObject();
        json.EndObject();
        json.Flush();
    }

    /// <summary>The body that creates a key.</summary>
    public static void WriteRequest(IBufferWriter<byte> target, NewKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        JacksonWriter json = new(target);
        json.StartObject();
        json.Name("name"u8);
        json.Text(key.Name.Value);
        json.Name("cipher"u8);
        json.Text(key.Cipher.Value);
        json.Name("length"u8);
        json.Number(key.BitLength);
        if (key.Material is not null)
        {
            json.Name("material"u8);
            Secret(ref json, key.Material);
        }

        if (key.Description is not null)
        {
            json.Name("description"u8);
            json.Text(key.Description);
        }

        json.Name("attributes"u8);
        Attributes(ref json, key.Attributes);
        json.EndObject();
        json.Flush();
    }

    /// <summary>The body that rolls a key; <c>{ }</c> without material.</summary>
    public static void WriteRequest(IBufferWriter<byte> target, SecretBytes? material)
    {
        JacksonWriter json = new(target);
        json.StartObject();
        if (material is not null)
        {
            json.Name("material"u8);
            Secret(ref json, material);
        }

        json.EndObject();
        json.Flush();
    }

    /// <summary>The body that unwraps or re-wraps one EEK.</summary>
    public static void WriteRequest(IBufferWriter<byte> target, EncryptedKeyVersion eek)
    {
        ArgumentNullException.ThrowIfNull(eek);
        JacksonWriter json = new(target);
        json.StartObject();
        json.Name("name"u8);
        json.Text(eek.Key.Value);
        json.Name("iv"u8);
        json.Base64(eek.Iv.Span);
        json.Name("material"u8);
        json.Base64(eek.EncryptedMaterial.Span);
        json.EndObject();
        json.Flush();
    }

    private static void WriteReencrypted(IBufferWriter<byte> target, IReadOnlyList<EncryptedKeyVersion> asked, IReadOnlyList<EncryptedKeyVersion> answered, bool namesAll)
    {
        JacksonWriter json = new(target);
        json.StartArray();
        for (int i = 0; i < answered.Count; i++)
        {
            json.Element();
            Eek(ref json, answered[i], namesAll || answered[i].Version != asked[i].Version ? answered[i].Key.Value : null);
        }

        json.EndArray();
        json.Flush();
    }

    private static void Version(ref JacksonWriter json, KeyVersion? version)
    {
        json.StartObject();
        if (version is not null)
        {
            json.Name("material"u8);
            Secret(ref json, version.Material);
            json.Name("name"u8);
            json.Text(version.Key.Value);
            json.Name("versionName"u8);
            json.Text(version.Name.Value);
        }

        json.EndObject();
    }

    private static void Decrypted(ref JacksonWriter json, KeyName key, SecretBytes material)
    {
        json.StartObject();
        json.Name("material"u8);
        Secret(ref json, material);
        json.Name("name"u8);
        json.Text(key.Value);
        json.Name("versionName"u8);
        json.Text(EncryptedKeyVersion.DecryptedLabel);
        json.EndObject();
    }

    private static void Eek(ref JacksonWriter json, EncryptedKeyVersion eek, string? name)
    {
        json.StartObject();
        json.Name("encryptedKeyVersion"u8);
        json.StartObject();
        json.Name("material"u8);
        json.Base64(eek.EncryptedMaterial.Span);
        json.Name("name"u8);
        json.Text(name);
        json.Name("versionName"u8);
        json.Text(EncryptedKeyVersion.Label);
        json.EndObject();
        json.Name("versionName"u8);
        json.Text(eek.Version.Value);
        json.Name("iv"u8);
        json.Base64(eek.Iv.Span);
        json.EndObject();
    }

    private static void Metadata(ref JacksonWriter json, KeyMetadata? metadata)
    {
        json.StartObject();
        if (metadata is not null)
        {
            json.Name("name"u8);
            json.Text(metadata.Name.Value);
            json.Name("cipher"u8);
            json.Text(metadata.Cipher.Value);
            json.Name("length"u8);
            json.Number(metadata.BitLength);
            json.Name("description"u8);
            json.Text(metadata.Description);
            json.Name("attributes"u8);
            Attributes(ref json, metadata.Attributes);
            json.Name("created"u8);
            json.Number(metadata.Created.ToUnixTimeMilliseconds());
            json.Name("versions"u8);
            json.Number(metadata.Versions);
            Limits(ref json, metadata.Use);
        }

        json.EndObject();
    }

    // Ours, and only of keys that a stock server cannot have: stock clients take the members that they know by name.
    private static void Limits(ref JacksonWriter json, KeyUse use)
    {
        if (use.IsDisabled)
        {
            json.Name("disabled"u8);
            json.Number(1);
        }

        if (use.DeletionDue is { } due)
        {
            json.Name("deletionDue"u8);
            json.Number(due.ToUnixTimeMilliseconds());
        }
    }

    private static void Attributes(ref JacksonWriter json, IReadOnlyDictionary<string, string> attributes)
    {
        json.StartObject();
        foreach (KeyValuePair<string, string> pair in JavaMapOrder.Of(attributes))
        {
            json.Name(pair.Key);
            json.Text(pair.Value);
        }

        json.EndObject();
    }

    private static void Secret(ref JacksonWriter json, SecretBytes? secret)
    {
        if (secret is null)
        {
            json.Text(null);
            return;
        }

        using SecretLease plain = secret.Open();
        json.Base64(plain.Span);
    }
}
