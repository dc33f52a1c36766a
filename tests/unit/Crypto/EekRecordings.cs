using System.Text.Json;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Crypto;

/// <summary>What a real Hadoop computed, byte by byte: <c>tests/vectors/recorded/crypto</c>.</summary>
public sealed class EekRecordings
{
    private static readonly string[] Files = ["vectors.jsonl", "errors.jsonl"];

    [Fact]
    public void Every_recorded_data_key_comes_out_as_recorded()
    {
        int checkedCount = 0;
        foreach (JsonElement line in Lines("vectors.jsonl").Where(static line => Kind(line) is "generate" or "decrypt"))
        {
            Assert.Equal(line.GetProperty("dek").GetString(), Decrypt(line.GetProperty("keyMaterial"), line.GetProperty("iv"), line.GetProperty("eek")));
            checkedCount++;
        }

        Assert.Equal(192, checkedCount);
    }

    [Fact]
    public void Every_recorded_re_encryption_comes_out_as_recorded()
    {
        Dictionary<string, string> materials = Lines("vectors.jsonl").Where(static line => Kind(line) == "generate")
            .GroupBy(static line => line.GetProperty("version").GetString()!).ToDictionary(static group => group.Key, static group => group.First().GetProperty("keyMaterial").GetString()!);
        int checkedCount = 0;
        foreach (JsonElement line in Lines("vectors.jsonl").Where(static line => Kind(line) == "reencrypt"))
        {
            JsonElement from = line.GetProperty("from");
            JsonElement to = line.GetProperty("to");
            using KeyVersion old = Version(from, materials[from.GetProperty("version").GetString()!]);
            using KeyVersion current = Version(to, line.GetProperty("keyMaterial").GetString()!);
            EncryptedKeyVersion eek = new(old.Key, old.Name, Bytes(from.GetProperty("iv")), Bytes(from.GetProperty("eek")));
            EncryptedKeyVersion fresh = EekCipher.Reencrypt(old, current, eek);
            Assert.Equal(to.GetProperty("eek").GetString(), Convert.ToHexStringLower(fresh.EncryptedMaterial.Span));
            Assert.Equal(to.GetProperty("iv").GetString(), Convert.ToHexStringLower(fresh.Iv.Span));
            Assert.Equal(to.GetProperty("version").GetString(), fresh.Version.Value);
            checkedCount++;
        }

        Assert.Equal(72, checkedCount);
    }

    [Fact]
    public void Lengths_and_ciphers_are_taken_or_refused_as_recorded()
    {
        int answered = 0;
        int refused = 0;
        foreach (JsonElement line in Lines("errors.jsonl"))
        {
            if (line.TryGetProperty("keyMaterial", out JsonElement material))
            {
                if (line.TryGetProperty("dek", out JsonElement dek))
                {
                    Assert.Equal(dek.GetString(), Decrypt(material, line.GetProperty("iv"), line.GetProperty("eek")));
                    answered++;
                    continue;
                }

                using KeyVersion version = Version("k", "k@0", material.GetString()!);
                KmsException failure = Assert.Throws<KmsException>(() => EekCipher.Generate(version, 1));
                Assert.Equal(line.GetProperty("error")[0].GetProperty("message").GetString(), failure.Message);
                refused++;
            }
            else if (line.GetProperty("note").GetString()!.StartsWith("IV of", StringComparison.Ordinal))
            {
                byte[] iv = line.GetProperty("op").GetString() == "reencryptBatch" ? new byte[15] : Bytes(line.GetProperty("request").GetProperty("iv"));
                using KeyVersion version = Version("k", "k@0", new string('0', 32));
                KmsException failure = Assert.Throws<KmsException>(() => EekCipher.Decrypt(version, iv, new byte[16]));
                Assert.Equal(line.GetProperty("error")[0].GetProperty("message").GetString(), failure.Message);
                refused++;
            }
        }

        Assert.Equal((4, 28), (answered, refused));
    }

    [Fact]
    public void The_vector_of_the_specification_holds() => Assert.Equal(
        "202122232425262728292a2b2c2d2e2f",
        Decrypt("000102030405060708090a0b0c0d0e0f", Convert.FromHexString("808182838485868788898a8b8c8d8e8f"), Convert.FromHexString("b3d50d8c281a61d71762e096901f97b2")));

    [Theory]
    [InlineData(16, 1)]
    [InlineData(24, 3)]
    [InlineData(32, 500)]
    public void Data_keys_that_are_made_differ_and_open_again(int length, int count)
    {
        using KeyVersion zone = new(KeyName.Parse("k"), KeyVersionName.Parse("k@0"), SecretBytes.Random(length), DateTimeOffset.UnixEpoch);
        EekBatch batch = EekCipher.Generate(zone, count);
        Assert.Equal((count, length), (batch.Count, batch.MaterialLength));
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            using SecretBytes dek = EekCipher.Decrypt(zone, batch.Iv(i), batch.EncryptedMaterial(i));
            using SecretLease lease = dek.Open();
            Assert.Equal(length, lease.Span.Length);
            Assert.True(seen.Add(Convert.ToHexString(lease.Span)) && seen.Add(Convert.ToHexString(batch.Iv(i))));
        }
    }

    private static string Decrypt(JsonElement material, JsonElement iv, JsonElement eek) => Decrypt(material.GetString()!, Bytes(iv), Bytes(eek));

    private static string Decrypt(string material, byte[] iv, byte[] eek)
    {
        using KeyVersion version = Version("k", "k@0", material);
        using SecretBytes dek = EekCipher.Decrypt(version, iv, eek);
        using SecretLease lease = dek.Open();
        return Convert.ToHexStringLower(lease.Span);
    }

    private static KeyVersion Version(JsonElement line, string material) => Version(line.GetProperty("key").GetString()!, line.GetProperty("version").GetString()!, material);

    private static KeyVersion Version(string key, string name, string material) =>
        new(KeyName.Parse(key), KeyVersionName.Parse(name), SecretBytes.CopyOf(Convert.FromHexString(material)), DateTimeOffset.UnixEpoch);

    private static byte[] Bytes(JsonElement hex) => Convert.FromHexString(hex.GetString()!);

    private static string? Kind(JsonElement line) => line.GetProperty("kind").GetString();

    private static IEnumerable<JsonElement> Lines(string file)
    {
        Assert.Contains(file, Files);
        foreach (string line in File.ReadLines(Vectors.Path("recorded", "crypto", file)))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }
}
