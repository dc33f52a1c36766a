using System.Data.Common;
using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Brings a backup back into a store that is thrown away, opens every row there, and decrypts with it what the backed-up store encrypted.</summary>
internal sealed class BackupTest(SqlStore scratch, BackupRequest request)
{
    private readonly KeyRows _rows = new(scratch);
    private readonly List<StoreFailure> _failures = [];
    private long _good;

    internal async ValueTask<BackupTrial> RunAsync(IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        BackupPlayer player = new(scratch, _rows, 0);
        (byte[] id, DateTimeOffset created) = await scratch.Sessions.WriteAsync((player, request, progress), static async (session, job) =>
        {
            using BackupReader reader = BackupReader.Open(job.request.Path, job.request.Keys);
            await job.player.PlayAsync(session, reader, job.request.Path, job.progress).ConfigureAwait(false);
            return (reader.Id, reader.Created);
        }, cancellationToken).ConfigureAwait(false);
        StoreCheck check = new(scratch.Sessions.Dialect);
        await new StoreScan(scratch, _rows, scratch.States).RunAsync(() => check, progress, "Opening every row", cancellationToken).ConfigureAwait(false);
        _failures.AddRange(check.Failures);
        await scratch.Sessions.ReadAsync((this, progress, player.Canaries), static (session, job, stop) => job.Item1.DecryptAllAsync(session, job.progress, job.Canaries, stop), cancellationToken).ConfigureAwait(false);
        return new BackupTrial(Convert.ToHexStringLower(id), created, player.Counts, _good, player.Counts.Versions - player.Canaries, player.MissingAtBackup, _failures);
    }

    private async ValueTask<bool> DecryptAllAsync(SqlSession session, IProgress<StoreProgress>? progress, long total, CancellationToken cancellationToken)
    {
        using BackupReader reader = BackupReader.Open(request.Path, request.Keys);
        while (reader.Next() is { } record)
        {
            using (record)
            {
                if (Canary.Of(record) is { } canary)
                {
                    await DecryptAsync(session, canary, cancellationToken).ConfigureAwait(false);
                    progress?.Report(new StoreProgress("Decrypting canaries", _good, total));
                }
            }
        }

        return _failures.Count == 0;
    }

    private async ValueTask DecryptAsync(SqlSession session, Canary canary, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(ScanText.Version, ("@name", canary.Version)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            if (await row.ReadAsync(cancellationToken).ConfigureAwait(false) && IsDecrypted(row, canary))
            {
                _good++;
                return;
            }
        }

        _failures.Add(new StoreFailure("Canary", Printable.Text(canary.Version), "What was encrypted with this version before the backup does not decrypt with what was brought back"));
    }

    private bool IsDecrypted(DbDataReader row, Canary canary)
    {
        try
        {
            using OpenedVersion version = _rows.OpenVersion(row);
            using KeyVersion zone = new(version.Key.Name, KeyVersionName.Parse(version.Name), version.Material.Share(), default);
            using SecretBytes data = EekCipher.Decrypt(zone, canary.Iv, canary.Wrapped);
            using SecretLease plain = data.Open();
            return CryptographicOperations.FixedTimeEquals(SHA256.HashData(plain.Span), canary.Digest);
        }
        catch (KmsException unreadable) when (unreadable.Kind is ErrorKind.StoreCorrupt or ErrorKind.CryptoFailed)
        {
            return false;
        }
    }

    private sealed record Canary(string Version, byte[] Iv, byte[] Wrapped, byte[] Digest)
    {
        internal static Canary? Of(SecretBytes record)
        {
            using SecretLease lease = record.Open();
            RowReader reader = new(lease.Span);
            return reader.Text() == BackupRecords.Canary ? new Canary(reader.Text(), reader.Bytes().ToArray(), reader.Bytes().ToArray(), reader.Bytes().ToArray()) : null;
        }
    }
}
