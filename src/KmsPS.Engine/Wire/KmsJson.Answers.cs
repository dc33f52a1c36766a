using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Wire;

public static partial class KmsJson
{
    /// <summary>Reads a key version; <see langword="null"/> for <c>{ }</c>. The caller disposes it.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static KeyVersion? ReadKeyVersion(ReadOnlySpan<byte> body) => JsonShape.Read(body, Version);

    /// <summary>Reads key versions, oldest first. The caller disposes each.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static IReadOnlyList<KeyVersion> ReadKeyVersions(ReadOnlySpan<byte> body) => JsonShape.Read(body, Versions);

    /// <summary>Reads a key's description; <see langword="null"/> for <c>{ }</c>.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static KeyMetadata? ReadMetadata(ReadOnlySpan<byte> body) => JsonShape.Read(body, Metadata);

    /// <summary>Reads descriptions in the order asked; <see langword="null"/> for unknown keys.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static IReadOnlyList<KeyMetadata?> ReadMetadataList(ReadOnlySpan<byte> body) =>
        JsonShape.Read(body, static (ref Utf8JsonReader json) => List(ref json, Metadata));

    /// <summary>Reads key names.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static IReadOnlyList<KeyName> ReadNames(ReadOnlySpan<byte> body) =>
        JsonShape.Read(body, static (ref Utf8JsonReader json) => List(ref json, static (ref Utf8JsonReader inner) => JsonShape.Name(JsonShape.TextHere(ref inner, "name"))));

    /// <summary>Reads EEKs of <paramref name="key"/>: what generates them answers this, and what re-wraps a batch.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static IReadOnlyList<EncryptedKeyVersion> ReadEeks(ReadOnlySpan<byte> body, KeyName key) => ReadEekBatch(body, key);

    /// <summary>Reads the one EEK that a single re-wrapping answers.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static EncryptedKeyVersion ReadReencrypted(ReadOnlySpan<byte> body) =>
        JsonShape.Read(body, static (ref Utf8JsonReader json) => BatchElement(ref json, key: null));

    /// <summary>Reads a data key, unwrapped. The caller disposes it.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static SecretBytes ReadDecrypted(ReadOnlySpan<byte> body) => JsonShape.Read(body, Roll) ?? throw JsonShape.Missing("material");

    /// <summary>
    /// The exception that an answer with another status than the expected one stands for. A body that is no envelope, an HTML page for
    /// one, gives the reason phrase.
    /// </summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="reason">Reason phrase, or <see langword="null"/>.</param>
    /// <param name="body">The body.</param>
    public static KmsException ReadError(int status, string? reason, ReadOnlySpan<byte> body)
    {
        try
        {
            (string? javaClass, string? message) = JsonShape.Read(body, Envelope);
            return RemoteErrors.Understand(status, javaClass, message ?? (javaClass is null ? reason : null));
        }
        catch (KmsException)
        {
            // No envelope: a proxy's or a container's page, of which the reason phrase is all that a program can use.
            return RemoteErrors.Understand(status, null, reason);
        }
    }

    private static (string? JavaClass, string? Message) Envelope(ref Utf8JsonReader json)
    {
        string? javaClass = null;
        string? message = null;
        JsonShape.RequireObject(ref json, "The answer");
        while (JsonShape.NextMember(ref json))
        {
            if (!JsonShape.Is(ref json, "RemoteException"u8))
            {
                JsonShape.SkipMember(ref json);
                continue;
            }

            json.Read();
            JsonShape.RequireObject(ref json, "Member 'RemoteException'");
            while (JsonShape.NextMember(ref json))
            {
                if (JsonShape.Is(ref json, "message"u8))
                {
                    message = JsonShape.Text(ref json, "message");
                }
                else if (JsonShape.Is(ref json, "javaClassName"u8))
                {
                    javaClass = JsonShape.Text(ref json, "javaClassName");
                }
                else
                {
                    JsonShape.SkipMember(ref json);
                }
            }
        }

        return (javaClass, message);
    }

    private static KeyVersion? Version(ref Utf8JsonReader json)
    {
        string? key = null;
        string? name = null;
        SecretBytes? material = null;
        try
        {
            JsonShape.RequireObject(ref json, "A key version");
            while (JsonShape.NextMember(ref json))
            {
                if (JsonShape.Is(ref json, "name"u8))
                {
                    key = JsonShape.Text(ref json, "name");
                }
                else if (JsonShape.Is(ref json, "versionName"u8))
                {
                    name = JsonShape.Text(ref json, "versionName");
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

            return name is null
                ? null
                : new KeyVersion(JsonShape.Name(key), KeyVersionName.Parse(name), material, DateTimeOffset.UnixEpoch);
        }
        catch
        {
            material?.Dispose();
            throw;
        }
    }

    private static List<KeyVersion> Versions(ref Utf8JsonReader json)
    {
        List<KeyVersion> versions = [];
        try
        {
            RequireArray(ref json);
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (Version(ref json) is { } version)
                {
                    versions.Add(version);
                }
            }

            return versions;
        }
        catch
        {
            versions.ForEach(static version => version.Dispose());
            throw;
        }
    }

    private static KeyMetadata? Metadata(ref Utf8JsonReader json)
    {
        string? name = null;
        KeyMetadata found = new(default, CipherName.Default, 0, null, System.Collections.Frozen.FrozenDictionary<string, string>.Empty, DateTimeOffset.UnixEpoch, 0);
        JsonShape.RequireObject(ref json, "A key's metadata");
        while (JsonShape.NextMember(ref json))
        {
            if (JsonShape.Is(ref json, "name"u8))
            {
                name = JsonShape.Text(ref json, "name");
            }
            else if (JsonShape.Is(ref json, "cipher"u8))
            {
                found = found with { Cipher = new CipherName(JsonShape.Text(ref json, "cipher") ?? "") };
            }
            else if (JsonShape.Is(ref json, "length"u8))
            {
                found = found with { BitLength = JsonShape.Integer(ref json, "length") };
            }
            else if (JsonShape.Is(ref json, "description"u8))
            {
                found = found with { Description = JsonShape.Text(ref json, "description") };
            }
            else if (JsonShape.Is(ref json, "attributes"u8))
            {
                found = found with { Attributes = JsonShape.Texts(ref json, "attributes") };
            }
            else if (JsonShape.Is(ref json, "created"u8))
            {
                found = found with { Created = JavaTime.At(JsonShape.Long(ref json, "created")) };
            }
            else if (JsonShape.Is(ref json, "versions"u8))
            {
                found = found with { Versions = JsonShape.Integer(ref json, "versions") };
            }
            else if (JsonShape.Is(ref json, "disabled"u8))
            {
                found = found with { Use = found.Use with { IsDisabled = JsonShape.Integer(ref json, "disabled") == 1 } };
            }
            else if (JsonShape.Is(ref json, "deletionDue"u8))
            {
                found = found with { Use = found.Use with { DeletionDue = JavaTime.At(JsonShape.Long(ref json, "deletionDue")) } };
            }
            else
            {
                JsonShape.SkipMember(ref json);
            }
        }

        if (name is null)
        {
            return null;
        }

        KeyName key = KeyName.Parse(name);
        return found with { Name = key, Current = KeyVersionName.Of(key, Math.Max(found.Versions - 1, 0)) };
    }

    private static List<T> List<T>(ref Utf8JsonReader json, JsonReading<T> element)
    {
        List<T> values = [];
        RequireArray(ref json);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            values.Add(element(ref json));
        }

        return values;
    }

    private static void RequireArray(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw JsonShape.Wrong("The answer", "an array", json.TokenType);
        }
    }
}
