using System.Text;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers.Jceks;

namespace KmsPS.Tests.Moving;

/// <summary>A keystore as Ranger KMS exports it: Hadoop's layout, its description under a class name of Ranger's own.</summary>
public sealed class RangerExportTests : IDisposable
{
    private const string HadoopClass = "org.apache.hadoop.crypto.key.JavaKeyStoreProvider$KeyMetadata";
    private const string RangerClass = "org.apache.hadoop.crypto.key.RangerKeyStoreProvider$KeyMetadata";

    private static readonly DateTimeOffset At = new(2021, 5, 4, 3, 2, 1, TimeSpan.Zero);

    private readonly JceksRecordings _files = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Its_keys_are_read_with_versions_dates_and_attributes_and_rolled_on()
    {
        Write();
        await using IKeyProvider store = await _files.OpenAsync("secret1");
        KeyMetadata? zone = await store.FindMetadataAsync(KeyName.Parse("zone"), Stop);
        Assert.Equal(("AES/CTR/NoPadding", 128, "of ranger", 2, "zone@1", "zone"), (zone!.Cipher.Value, zone.BitLength, zone.Description, zone.Versions, zone.Current.Value, zone.AclName));
        List<KeyVersion> versions = await store.ListVersionsAsync(KeyName.Parse("zone"), Stop).ToListAsync(Stop);
        Assert.Equal([("zone@0", new string('1', 32), At), ("zone@1", new string('2', 32), At.AddDays(1))], versions.Select(static version => (version.Name.Value, ProviderHistory.Hex(version), version.Created)));
        versions.ForEach(static version => version.Dispose());

        // What we write into it from here on is Hadoop's own.
        (await store.RollAsync(KeyName.Parse("zone"), null, null, Stop)).Dispose();
        await using IKeyProvider again = await _files.OpenAsync("secret1");
        Assert.Equal("zone@2", (await again.FindMetadataAsync(KeyName.Parse("zone"), Stop))?.Current.Value);
    }

    private void Write()
    {
        using SecretBytes password = SecretBytes.CopyOf("secret1"u8);
        byte[] described = JavaStreamWriter.KeyMetadata(Encoding.UTF8.GetBytes($$"""{"cipher":"AES/CTR/NoPadding","bitLength":128,"created":{{At.ToUnixTimeMilliseconds()}},"description":"of ranger","attributes":{"key.acl.name":"zone"},"versions":2}"""));
        JavaKeyStoreEntry[] entries =
        [
            Entry("zone@0", At, JavaStreamWriter.SecretKey("AES", Enumerable.Repeat((byte)0x11, 16).ToArray()), password),
            Entry("zone@1", At.AddDays(1), JavaStreamWriter.SecretKey("AES", Enumerable.Repeat((byte)0x22, 16).ToArray()), password),
            Entry("zone", At.AddDays(1), Renamed(described), password),
        ];
        File.WriteAllBytes(_files.Keystore, JavaKeyStoreFile.Write(entries, password));
    }

    private static JavaKeyStoreEntry Entry(string alias, DateTimeOffset at, byte[] plain, SecretBytes password) =>
        new(alias, JavaEntryKind.SecretKey, at, KeyProtector.Seal(plain, password, 10_000));

    // In a Java stream a name stands behind its length in two bytes.
    private static byte[] Renamed(byte[] stream)
    {
        byte[] from = [0, (byte)HadoopClass.Length, .. Encoding.ASCII.GetBytes(HadoopClass)];
        byte[] to = [0, (byte)RangerClass.Length, .. Encoding.ASCII.GetBytes(RangerClass)];
        int at = stream.AsSpan().IndexOf(from);
        Assert.True(at > 0);
        return [.. stream[..at], .. to, .. stream[(at + from.Length)..]];
    }
}
