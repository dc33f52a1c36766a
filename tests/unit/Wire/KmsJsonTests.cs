using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Tests.Wire;

public sealed class KmsJsonTests
{
    [Fact]
    public void Texts_are_escaped_as_Jackson_escapes_them()
    {
        KeyMetadata key = Metadata("k", "a\"\\\b\t\n\f\r\u0001\u001f/\u007fé\u2028", []);
        string json = Text(target => KmsJson.Write(target, key));
        Assert.Contains("\"description\" : \"a\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u001F/\u007fé\u2028\"", json, StringComparison.Ordinal);
        Assert.Contains("\"attributes\" : { }", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_survives_both_ways_whatever_its_texts_are()
    {
        foreach (string text in (string[])["", " ", "a\nb", "\u0000", "\ud83d\ude00", new('x', 5000), "ключ", "\\u0041"])
        {
            KeyMetadata key = Metadata("name", text, new Dictionary<string, string> { [text] = text, ["b"] = "B", ["a"] = "" });
            KeyMetadata back = KmsJson.ReadMetadata(Bytes(target => KmsJson.Write(target, key)))!;
            Assert.Equal(key.Description, back.Description);
            Assert.Equal(key.Created, back.Created);
            Assert.Equal(key.Attributes.OrderBy(static each => each.Key, StringComparer.Ordinal), back.Attributes.OrderBy(static each => each.Key, StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 16)]
    [InlineData(500, 16)]
    [InlineData(3, 32)]
    [InlineData(16, 32)]
    [InlineData(33, 24)]
    [InlineData(40, 48)]
    public void A_batch_of_data_keys_is_as_long_as_said_and_reads_back(int count, int length)
    {
        KeyName name = KeyName.Parse("zone \"1\"");
        byte[] packed = new byte[count * (EekBatch.IvLength + length)];
        System.Security.Cryptography.RandomNumberGenerator.Fill(packed);
        EekBatch batch = new(name, KeyVersionName.Of(name, 3), length, packed);
        EekArrayJson json = new(batch);
        byte[] written = Bytes(json.WriteTo);
        Assert.Equal(json.Length, written.Length);
        IReadOnlyList<EncryptedKeyVersion> back = KmsJson.ReadEeks(written, name);
        Assert.Equal(count, back.Count);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(batch.Version, back[i].Version);
            Assert.True(batch.Iv(i).SequenceEqual(back[i].Iv.Span) && batch.EncryptedMaterial(i).SequenceEqual(back[i].EncryptedMaterial.Span));
        }

        Assert.Equal(Text(target => KmsJson.Write(target, (IReadOnlyList<EncryptedKeyVersion>)back)), Encoding.UTF8.GetString(written));
    }

    [Theory]
    [InlineData("AAECAw==", "00010203")]
    [InlineData("AAECAw", "00010203")]
    [InlineData("-_+/", "fbffbf")]
    [InlineData("A A\nE*CAw==trailing", "00010203")]
    [InlineData("AA=ECAw", "00")]
    [InlineData("AAECA", "000102")]
    [InlineData("!!!", "")]
    [InlineData("", "")]
    public void Base64_is_read_leniently(string text, string hex)
    {
        Assert.Equal(hex, Convert.ToHexStringLower(LenientBase64.Decode(Encoding.UTF8.GetBytes(text))));
        using SecretBytes secret = LenientBase64.DecodeSecret(Encoding.UTF8.GetBytes(text));
        Assert.True(secret.FixedTimeEquals(Convert.FromHexString(hex)));
    }

    [Fact]
    public void Given_material_goes_out_and_comes_in_unchanged()
    {
        using SecretBytes material = SecretBytes.Random(32);
        NewKey key = NewKey.Default(KeyName.Parse("k")) with { Material = material, BitLength = 256, Description = "d" };
        using NewKeyBody back = KmsJson.ReadNewKey(Bytes(target => KmsJson.WriteRequest(target, key)));
        Assert.Equal(("k", "AES/CTR/NoPadding", 256, "d"), (back.Name, back.Cipher, back.BitLength, back.Description));
        using SecretLease plain = material.Open();
        Assert.True(back.Material!.FixedTimeEquals(plain.Span));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_error_is_understood_as_it_was_meant(ErrorKind kind, string message)
    {
        RemoteError told = RemoteErrors.Describe(null, new KmsException(kind, message));
        KmsException understood = KmsJson.ReadError(told.Status, "reason", Bytes(target => KmsJson.Write(target, told)));
        Assert.Equal((kind, message), (understood.Kind, understood.Message));
    }

    [Fact]
    public void Wrapping_by_generation_is_undone_by_the_client()
    {
        KmsException denied = new(ErrorKind.AccessDenied, "User [u] is not authorized to perform [GENERATE_EEK] on key with ACL name [k]!!") { IsKeyLevel = true };
        RemoteError told = RemoteErrors.Describe(KmsOperation.GenerateEek, denied);
        Assert.Equal((500, "java.io.IOException"), (told.Status, told.JavaClass));
        KmsException understood = KmsJson.ReadError(told.Status, null, Bytes(target => KmsJson.Write(target, told)));
        Assert.Equal((ErrorKind.AccessDenied, true, denied.Message), (understood.Kind, understood.IsKeyLevel, understood.Message));
    }

    [Fact]
    public void A_page_instead_of_an_envelope_gives_the_reason_phrase() =>
        Assert.Equal((ErrorKind.AuthenticationFailed, "Authentication required"), KmsJson.ReadError(401, "Authentication required", "<html>"u8) is var failure ? (failure.Kind, failure.Message) : default);

    [Fact]
    public void What_no_exception_of_ours_says_is_not_told()
    {
        RemoteError told = RemoteErrors.Describe(KmsOperation.CreateKey, new InvalidOperationException("secret"));
        Assert.Equal(500, told.Status);
        Assert.DoesNotContain("secret", told.Message!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue, 9999)]
    [InlineData(long.MinValue, 1)]
    [InlineData(2147483648000, 2038)]
    public void A_date_that_Java_can_tell_and_we_cannot_is_the_nearest_one(long milliseconds, int year)
    {
        KeyMetadata key = KmsJson.ReadMetadata(Encoding.UTF8.GetBytes($"{{\"name\":\"k\",\"created\":{milliseconds},\"versions\":1,\"deletionDue\":{milliseconds}}}"))!;
        Assert.Equal((year, year), (key.Created.Year, key.Use.DeletionDue?.Year));
        KeyMetadata ours = LifecycleJson.ReadKey(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(LifecycleJson.Write(Metadata("k", "", []) with { Current = KeyVersionName.Parse("k@0") }))
            .Replace("1700000000123", milliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)));
        Assert.Equal(year, ours.Created.Year);
    }

    public static TheoryData<ErrorKind, string> Kinds() => new()
    {
        { ErrorKind.InvalidRequest, "Parameter 'name' cannot be null" },
        { ErrorKind.AccessDenied, "User:alice not allowed to do 'GET_KEYS'" },
        { ErrorKind.AuthenticationFailed, "token expired" },
        { ErrorKind.KeyVersionNotFound, KeyFaults.VersionNotFound(KeyVersionName.Parse("k@1")).Message },
        { ErrorKind.KeyVersionMismatch, KeyFaults.VersionOfAnotherKey(KeyVersionName.Parse("k@1"), KeyName.Parse("x")).Message },
        { ErrorKind.KeyAlreadyExists, KeyFaults.AlreadyExists(KeyName.Parse("k"), "sqlite://x").Message },
        { ErrorKind.KeyDeleted, KeyFaults.NameReserved(KeyName.Parse("k"), "sqlite://x").Message },
        { ErrorKind.KeyNotFound, KeyFaults.DoesNotExist(KeyName.Parse("k"), "sqlite://x").Message },
        { ErrorKind.KeyNotFound, KeyFaults.NoMetadata(KeyName.Parse("k")).Message },
        { ErrorKind.KeyNotFound, KeyFaults.NotFound(KeyName.Parse("k")).Message },
        { ErrorKind.KeyNotFound, KeyFaults.NotDeleted(KeyName.Parse("k"), "sqlite://x").Message },
        { ErrorKind.MaterialLengthInvalid, KeyFaults.WrongMaterialLength(KeyName.Parse("k"), 128, 32).Message },
        { ErrorKind.Conflict, KeyFaults.Conflict(KeyName.Parse("k"), "its current version is k@2").Message },
        { ErrorKind.CryptoFailed, KeyFaults.WrongIvLength().Message },
        { ErrorKind.LengthInvalid, "Wrong keysize: must be equal to 128, 192 or 256" },
        { ErrorKind.CipherUnsupported, "No material can be generated for the cipher 'X'" },
        { ErrorKind.Unsupported, "no" },
        { ErrorKind.StoreUnavailable, "The store is busy" },
    };

    private static KeyMetadata Metadata(string name, string description, Dictionary<string, string> attributes) =>
        new(KeyName.Parse(name), CipherName.Default, 128, description, attributes.ToFrozenDictionary(StringComparer.Ordinal), DateTimeOffset.FromUnixTimeMilliseconds(1700000000123), 1);

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        ArrayBufferWriter<byte> target = new();
        write(target);
        _ = JsonDocument.Parse(target.WrittenMemory);
        return target.WrittenSpan.ToArray();
    }

    private static string Text(Action<IBufferWriter<byte>> write) => Encoding.UTF8.GetString(Bytes(write));
}
