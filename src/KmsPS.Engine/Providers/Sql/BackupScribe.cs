using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Writes into a backup what a scan shows.</summary>
internal sealed class BackupScribe(BackupWriter writer) : IStoreVisitor
{
    private readonly List<StoreFailure> _failures = [];
    private long _names;
    private long _keys;
    private long _versions;
    private long _states;

    internal IReadOnlyList<StoreFailure> Failures => _failures;

    internal StoreCounts Counts => new(_names, _keys, _versions, _states);

    public void Name(string name, int next)
    {
        RowWriter record = new(BackupRecords.Name);
        record.Add(name);
        record.Add(next);
        writer.Add(record);
        _names++;
    }

    public void Key(KeyRow key)
    {
        byte[] facts = key.Record.Encode();
        RowWriter record = new(BackupRecords.Key);
        record.Add(key.Record.Incarnation);
        record.Add(key.Record.Name.Value);
        record.Add(key.DeletedOrder ?? BackupRecords.None);
        record.Add(facts);
        writer.Add(record);
        CryptographicOperations.ZeroMemory(facts);
        _keys++;
        if (key.NameMark is null)
        {
            _names++;
        }
    }

    public void Version(OpenedVersion version)
    {
        RowWriter record = new(BackupRecords.Version);
        record.Add(version.Key.Incarnation);
        record.Add(version.Name);
        record.Add(version.Number);
        record.Add(version.CreatedMs);
        using (SecretLease plain = version.Material.Open())
        {
            record.Add(plain.Span);
        }

        writer.Add(record);
        _versions++;
        AddCanary(version);
    }

    public void State(StateRecord record)
    {
        // The epoch is the store's own; what is restored gets another.
        if (record.Kind != StoreEpoch.Kind)
        {
            RowWriter row = new(BackupRecords.State);
            row.Add(record.Kind);
            row.Add(record.Id);
            row.Add(record.Revision);
            row.Add(record.Expires?.ToUnixTimeMilliseconds() ?? BackupRecords.None);
            row.Add(record.Payload);
            writer.Add(row);
            _states++;
        }

        CryptographicOperations.ZeroMemory(record.Payload);
    }

    public void Sequence(string name, long value)
    {
        // Which scripts made the tables is the business of the database that it comes back to.
        if (name == SqlStore.SchemaStep)
        {
            return;
        }

        RowWriter record = new(BackupRecords.Sequence);
        record.Add(name);
        record.Add(value);
        writer.Add(record);
    }

    public void Failed(StoreFailure failure) => _failures.Add(failure);

    internal void Begin(string storeId, long epoch, string place)
    {
        RowWriter record = new(BackupRecords.Store);
        record.Add(storeId);
        record.Add(epoch);
        record.Add(place);
        writer.Add(record);
    }

    internal void End()
    {
        RowWriter record = new(BackupRecords.End);
        foreach (long count in (ReadOnlySpan<long>)[_names, _keys, _versions, _states, _failures.Count])
        {
            record.Add(count);
        }

        writer.Add(record);
        writer.Complete();
    }

    // A data key that this store encrypted, and what it was: whoever brings the backup back can prove that it decrypts.
    private void AddCanary(OpenedVersion version)
    {
        if (version.Material.Length is not (16 or 24 or 32))
        {
            return;
        }

        using KeyVersion zone = new(version.Key.Name, KeyVersionName.Parse(version.Name), version.Material.Share(), default);
        EekBatch eek = EekCipher.Generate(zone, 1);
        using SecretBytes data = EekCipher.Decrypt(zone, eek.Iv(0), eek.EncryptedMaterial(0));
        using SecretLease plain = data.Open();
        RowWriter record = new(BackupRecords.Canary);
        record.Add(version.Name);
        record.Add(eek.Iv(0));
        record.Add(eek.EncryptedMaterial(0));
        record.Add(SHA256.HashData(plain.Span));
        writer.Add(record);
    }
}
