using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>
/// Cares for a keystore file: a backup is the file as it stands, still sealed with its own password, in the envelope of every backup. It
/// has no store key, and its entries stand alone, so there is nothing to rotate or to repair.
/// </summary>
/// <param name="provider">The keystore.</param>
/// <param name="path">Its file.</param>
/// <param name="context">How it was opened, and how a trial is.</param>
internal sealed class JceksKeeper(JceksKeyProvider provider, string path, ProviderContext context) : IStoreKeeper
{
    private const int ChunkLength = 1024 * 1024;
    private const int LongestFile = 256 * 1024 * 1024;

    public ValueTask<RekeyReport> RekeyAsync(RekeyRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) =>
        throw Unsupported("has no store key", "Its password is changed with the JDK's keytool.");

    public ValueTask<RepairReport> RepairAsync(RepairRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) =>
        throw Unsupported("cannot be repaired", "Restore a backup, or copy what can be read to another store with Copy-KmsKey.");

    public async ValueTask<BackupReport> BackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        // A keystore is replaced and never rewritten (decision 0007): one opened file is one instant.
        byte[] whole = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        byte[] id = RandomNumberGenerator.GetBytes(StoreKey.IdLength);
        DateTimeOffset now = context.Time.GetUtcNow();
        using BackupWriter writer = BackupWriter.Create(request.Path, request.Keys, id, now);
        CheckReport state = await CheckAsync(isDeep: true, progress, cancellationToken).ConfigureAwait(false);
        for (int at = 0; at < whole.Length; at += ChunkLength)
        {
            RowWriter record = new(BackupRecords.File);
            record.Add(Path.GetFileName(path));
            record.Add(whole.AsSpan(at, Math.Min(ChunkLength, whole.Length - at)));
            writer.Add(record);
        }

        writer.Complete();
        return new BackupReport(request.Path, Convert.ToHexStringLower(id), now, state.Counts, state.Failures);
    }

    public async ValueTask<RestoreReport> RestoreAsync(RestoreRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"The keystore {path} exists", "A restore overwrites nothing. Name a file that does not exist yet, or move this one away.") { Subject = path };
        }

        (string id, DateTimeOffset created) = Unpack(new BackupRequest(request.Path, request.Keys), path);
        CheckReport state = await CheckAsync(isDeep: true, progress, cancellationToken).ConfigureAwait(false);
        return new RestoreReport(id, created, StoreEpoch.First.Number, StoreEpoch.First.Name, state.Counts);
    }

    public async ValueTask<BackupTrial> TestBackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-trial-");
        try
        {
            string scratch = Path.Combine(folder.FullName, "scratch.keystore");
            (string id, DateTimeOffset created) = Unpack(request, scratch);
            IKeyProvider trial = await JceksKeyProvider.OpenAsync(ProviderUri.Parse("jceks://file@" + scratch.Replace('\\', '/')), context, cancellationToken).ConfigureAwait(false);
            await using (trial.ConfigureAwait(false))
            {
                CheckReport state = await trial.Keeper!.CheckAsync(isDeep: true, progress, cancellationToken).ConfigureAwait(false);
                return new BackupTrial(id, created, state.Counts, 0, state.Counts.Versions, 0, state.Failures);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public async ValueTask<CheckReport> CheckAsync(bool isDeep, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        await provider.SelfTestAsync(cancellationToken).ConfigureAwait(false);
        List<StoreFailure> failures = [.. provider.Strays().Select(static stray => new StoreFailure("Entry", Printable.Text(stray.Alias), $"The entry {Printable.Text(stray.Alias)} is no key that can be listed or copied: {stray.Why}"))];
        long keys = 0;
        long versions = 0;
        await foreach (KeyName name in provider.ListNamesAsync(cancellationToken).ConfigureAwait(false))
        {
            keys++;
            KeyMetadata? key = await DescribedAsync(name, failures, cancellationToken).ConfigureAwait(false);
            for (int number = 0; isDeep && number < (key?.Versions ?? 0); number++)
            {
                versions += await OpensAsync(key!, KeyVersionName.Of(name, number), failures, cancellationToken).ConfigureAwait(false) ? 1 : 0;
                progress?.Report(new StoreProgress("Opening every entry", versions, versions));
            }
        }

        return new CheckReport(isDeep, new StoreCounts(keys, keys, versions, 0), StoreEpoch.First.Number, failures);
    }

    private async ValueTask<KeyMetadata?> DescribedAsync(KeyName name, List<StoreFailure> failures, CancellationToken cancellationToken)
    {
        try
        {
            KeyMetadata? key = await provider.FindMetadataAsync(name, cancellationToken).ConfigureAwait(false);
            if (key is { Versions: <= 0 })
            {
                failures.Add(new StoreFailure("Key", Printable.Text(name.Value), $"Key {Printable.Text(name.Value)} has no versions by its description"));
            }

            return key;
        }
        catch (KmsException unreadable)
        {
            failures.Add(new StoreFailure("Key", Printable.Text(name.Value), unreadable.Message));
            return null;
        }
    }

    // The format lets a version be missing, which is how a gap in the numbers looks; but not the one that new data keys are made with.
    private async ValueTask<bool> OpensAsync(KeyMetadata key, KeyVersionName name, List<StoreFailure> failures, CancellationToken cancellationToken)
    {
        try
        {
            using KeyVersion? version = await provider.FindVersionAsync(name, cancellationToken).ConfigureAwait(false);
            if (version?.Material is { Length: 16 or 24 or 32 })
            {
                EekBatch eek = EekCipher.Generate(version, 1);
                EekCipher.Decrypt(version, eek.Iv(0), eek.EncryptedMaterial(0)).Dispose();
            }
            else if (version is null && name == key.Current)
            {
                failures.Add(new StoreFailure("Version", Printable.Text(name.Value), $"Version {Printable.Text(name.Value)}, the current one of its key, is not in the keystore"));
            }

            return version is not null;
        }
        catch (KmsException unreadable)
        {
            failures.Add(new StoreFailure("Version", Printable.Text(name.Value), unreadable.Message));
            return false;
        }
    }

    // The file appears under its name when all of the backup was authenticated.
    private static (string Id, DateTimeOffset Created) Unpack(BackupRequest request, string target)
    {
        using BackupReader reader = BackupReader.Open(request.Path, request.Keys);
        string temporary = target + ".part";
        try
        {
            File.Delete(temporary);
            using (FileStream file = new(temporary, PrivateFile.New()))
            {
                while (reader.Next() is { } record)
                {
                    using (record)
                    {
                        Write(file, record, request.Path);
                    }
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: false);
            DirectorySync.Flush(Path.GetDirectoryName(target) is { Length: > 0 } folder ? folder : "/");
            return (Convert.ToHexStringLower(reader.Id), reader.Created);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw BackupFaults.Unusable(target, failure);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Write(FileStream file, SecretBytes record, string backup)
    {
        using SecretLease lease = record.Open();
        RowReader reader = new(lease.Span);
        if (reader.Text() != BackupRecords.File)
        {
            throw new KmsException(ErrorKind.Unsupported, $"The backup {backup} is of a database, not of a keystore file", "Name a sqlite:// or postgres:// store with -Provider.");
        }

        _ = reader.Text();
        file.Write(reader.Bytes());
        if (file.Length > LongestFile)
        {
            throw BackupFaults.Damaged(backup, "the keystore in it is too long");
        }
    }

    private KmsException Unsupported(string what, string remedy) => new(ErrorKind.Unsupported, $"The keystore {path} {what}", remedy) { Subject = path };
}
