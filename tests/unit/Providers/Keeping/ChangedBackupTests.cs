using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A backup of which any byte was changed, or any part cut off, is refused or reads exactly as it was written.</summary>
public sealed class ChangedBackupTests : IDisposable
{
    private const int FrameLength = 4 + (64 * 1024) + 16;

    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _certificate = BackupLocks.Curve();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The full number is 10,000; it takes a minute.
    private static int Changes => int.TryParse(Environment.GetEnvironmentVariable("KMSPS_BACKUP_CHANGES"), CultureInfo.InvariantCulture, out int asked) ? asked : 600;

    private string Backup => _directory.File("kms.backup");

    private string Changed => _directory.File("changed.backup");

    public void Dispose()
    {
        _directory.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task A_changed_byte_is_detected_or_harmless()
    {
        (byte[] whole, string expected) = await MakeAsync(largest: 0);
        int harmless = 0;
        for (int i = 0; i < Changes; i++)
        {
            byte[] changed = (byte[])whole.Clone();
            int at = (int)((long)i * 7919 % whole.Length);
            changed[at] ^= (byte)(1 << (i % 8));
            await File.WriteAllBytesAsync(Changed, changed, Stop);
            harmless += Read(Changed) is { } read && read == expected ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Changes} changes of {whole.Length} bytes: {harmless} harmless, the others detected");
        Assert.Equal(0, harmless);
    }

    [Fact]
    public async Task A_cut_moved_or_doubled_frame_is_detected()
    {
        (byte[] whole, string expected) = await MakeAsync(largest: 200_000);
        Assert.Equal(expected, Read(Backup));
        int start = 20 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(whole.AsSpan(16));
        int frames = (whole.Length - start) / FrameLength;
        Assert.InRange(frames, 3, 100);
        List<byte[]> wrong = [[], whole[..10], whole[..start], whole[..^1], [.. whole, 0], [.. whole, .. whole[start..]]];
        for (int frame = 0; frame < frames; frame++)
        {
            int at = start + (frame * FrameLength);
            wrong.Add(whole[..at]);
            wrong.Add(whole[..(at + 4)]);
            wrong.Add([.. whole[..at], .. whole[(at + FrameLength)..]]);
            wrong.Add([.. whole[..(at + FrameLength)], .. whole[at..]]);
        }

        wrong.Add([.. whole[..start], .. whole[(start + FrameLength)..(start + (2 * FrameLength))], .. whole[start..(start + FrameLength)], .. whole[(start + (2 * FrameLength))..]]);
        foreach (byte[] each in wrong)
        {
            await File.WriteAllBytesAsync(Changed, each, Stop);
            Assert.Null(Read(Changed));
        }
    }

    [Fact]
    public async Task A_frame_of_another_backup_is_detected()
    {
        (byte[] one, _) = await MakeAsync(largest: 0);
        File.Move(Backup, _directory.File("first.backup"));
        await using IKeyProvider store = await KeptStore.OpenAsync(_directory.File("kms.db"));
        using BackupKeys keys = BackupLocks.Of(_certificate);
        await store.Keeper!.BackupAsync(new BackupRequest(Backup, keys), null, Stop);
        byte[] two = await File.ReadAllBytesAsync(Backup, Stop);
        int start = 20 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(one.AsSpan(16));
        await File.WriteAllBytesAsync(Changed, [.. one[..start], .. two[start..]], Stop);
        Assert.Null(Read(Changed));
    }

    [Fact]
    public async Task A_file_that_is_no_backup_is_told_from_one()
    {
        await File.WriteAllTextAsync(Changed, "<configuration/> is no backup at all", Stop);
        using BackupKeys keys = BackupLocks.Of(_certificate);
        KmsException refused = Assert.Throws<KmsException>(() => BackupReader.Open(Changed, keys));
        Assert.Equal((ErrorKind.InvalidRequest, $"The file {Changed} is no backup of ours"), (refused.Kind, refused.Message));
    }

    // The digest of all records; nothing when it was refused. Any other exception fails the test.
    private string? Read(string path)
    {
        try
        {
            using BackupKeys keys = BackupLocks.Of(_certificate);
            using BackupReader reader = BackupReader.Open(path, keys);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            while (reader.Next() is { } record)
            {
                using SecretLease lease = record.Open();
                hash.AppendData(lease.Span);
                record.Dispose();
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (KmsException)
        {
            return null;
        }
    }

    private async Task<(byte[] Whole, string Expected)> MakeAsync(int largest)
    {
        await using IKeyProvider store = await KeptStore.OpenAsync(_directory.File("kms.db"));
        await KeptStore.FillAsync(store);
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("large")) with { Description = new string('x', largest) }, Stop)).Dispose();
        using BackupKeys keys = BackupLocks.Of(_certificate);
        await store.Keeper!.BackupAsync(new BackupRequest(Backup, keys), null, Stop);
        return (await File.ReadAllBytesAsync(Backup, Stop), Read(Backup)!);
    }
}
