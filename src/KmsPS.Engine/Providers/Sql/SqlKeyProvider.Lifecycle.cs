using System.Runtime.CompilerServices;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Deleted keys, and what may be done with those in use.</summary>
internal sealed partial class SqlKeyProvider
{
    public async IAsyncEnumerable<KeyMetadata> ListDeletedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long before = long.MaxValue;
        List<KeyRow> page;
        do
        {
            page = await ReadPageAsync(SqlText.PageOfDeleted, [("@before", before)], cancellationToken).ConfigureAwait(false);
            foreach (KeyRow row in page)
            {
                before = row.DeletedOrder ?? 0;
                yield return row.Metadata;
            }
        }
        while (page.Count == PageSize);
    }

    public async ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken) =>
        (await _store.Sessions.ReadAsync((this, SqlText.FindDeleted, key), FindKeyAsync, cancellationToken).ConfigureAwait(false))?.Metadata;

    public ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken) =>
        WriteAsync(key, (this, key), static async (session, job) =>
        {
            SqlKeyProvider self = job.Item1;
            KeyRow row = await self.FindKeyAsync(session, SqlText.FindDeleted, job.key).ConfigureAwait(false) ?? throw KeyFaults.NotDeleted(job.key, self.Uri.Text);
            if (await self.FindKeyAsync(session, SqlText.FindKey, job.key).ConfigureAwait(false) is not null)
            {
                throw KeyFaults.AlreadyExists(job.key, self.Uri.Text);
            }

            KeyRow restored = row with { Record = row.Record with { DeletedMs = null } };
            await self.MoveAsync(session, restored.Record, null).ConfigureAwait(false);
            return restored.Metadata;
        }, cancellationToken);

    public async ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken) =>
        await WriteAsync(key, (this, key), static async (session, job) =>
        {
            await session.Command(SqlText.PurgeUses, ("@name", job.key.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            await session.Command(SqlText.PurgeVersions, ("@name", job.key.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            int purged = await session.Command(SqlText.PurgeKeys, ("@name", job.key.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            return purged > 0 ? purged : throw KeyFaults.NotDeleted(job.key, job.Item1.Uri.Text);
        }, cancellationToken).ConfigureAwait(false);

    public async ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken) =>
        await _store.Sessions.ReadAsync((this, key), static async (session, job, stop) =>
        {
            SqlKeyProvider self = job.Item1;
            if (await FindKeyAsync(session, (self, SqlText.FindKey, job.key), stop).ConfigureAwait(false) is not { } row)
            {
                return null;
            }

            Dictionary<string, long> uses = await SqlLifecycle.ReadUsesAsync(session, row.Record.Incarnation, stop).ConfigureAwait(false);
            List<VersionFacts> facts = [];
            foreach (KeyVersion version in await ReadVersionsAsync(session, (self._rows, job.key), stop).ConfigureAwait(false))
            {
                using (version)
                {
                    long used = Math.Max(uses.GetValueOrDefault(version.Name.Value), self._ledger.Noted(version.Name.Value) ?? 0);
                    facts.Add(new VersionFacts(version.Name, version.Created, version.Use, version.Name == row.Record.CurrentName, used > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null));
                }
            }

            return new KeyLifecycle(row.Metadata, facts);
        }, cancellationToken).ConfigureAwait(false);

    public ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken) =>
        WriteAsync(change.Key, (this, change), static async (session, job) =>
        {
            KeyRow row = await job.Item1.FindKeyAsync(session, SqlText.FindKey, job.change.Key).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(job.change.Key, job.Item1.Uri.Text);
            return await job.Item1._lifecycle.ChangeAsync(session, row, job.change).ConfigureAwait(false);
        }, cancellationToken);

    public void NoteUse(KeyVersionName version) => _ledger.Note(version);

    public ValueTask FlushUsesAsync(CancellationToken cancellationToken) => _ledger.FlushAsync(cancellationToken);
}
