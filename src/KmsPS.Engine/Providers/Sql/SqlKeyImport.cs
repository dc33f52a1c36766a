using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Takes one key over from another store, in one write.</summary>
/// <param name="provider">The store's keys.</param>
/// <param name="store">The store.</param>
/// <param name="rows">Its rows.</param>
/// <param name="image">The key as it is elsewhere.</param>
/// <param name="known">How many of its versions are here.</param>
internal sealed class SqlKeyImport(SqlKeyProvider provider, SqlStore store, KeyRows rows, KeyImage image, int known)
{
    /// <summary>Does it inside a write.</summary>
    internal async ValueTask<int> RunAsync(SqlSession session)
    {
        KeyName key = image.Metadata.Name;
        KeyRow here;
        int next;
        if (known == 0)
        {
            here = new KeyRow(RecordOf(image.Metadata), null, null, KeyUseRow.None);
            next = await provider.FirstNumberAsync(session, key, here.Record.Incarnation).ConfigureAwait(false) ?? throw KeyFaults.AlreadyExists(key, provider.Uri.Text);
        }
        else
        {
            here = await provider.FindKeyAsync(session, SqlText.FindKey, key).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(key, provider.Uri.Text);
            RequireSame(here);
            next = here.NextNumber;
        }

        // Numbers are ours and only put versions in order; the newest gets the one that the key's count of versions tells, so that the
        // next roll names its version as it would have been named where the key comes from.
        int missing = image.Versions.Count - known;
        int number = Math.Max(next, image.Metadata.Versions - missing);
        int last = number + missing - 1;
        KeyRecord limited = image.Metadata.Use.Equals(here.Use.Use) ? here.Record : await new KeyUseRows(store).WriteAsync(session, here, image.Metadata.Use).ConfigureAwait(false);
        KeyRecord newest = limited with { CurrentNumber = last, CurrentName = image.Versions[^1].Name, CurrentMs = image.Versions[^1].Created.ToUnixTimeMilliseconds() };
        if (known == 0)
        {
            SealedRow row = rows.SealRecord(newest);
            await session.Command(
                SqlText.AddKey,
                ("@incarnation", newest.Incarnation), ("@name", key.Value), ("@key", row.KeyId), ("@sealed", row.Box))
                .ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            await provider.MoveAsync(session, newest, null).ConfigureAwait(false);
        }

        foreach (KeyVersion version in image.Versions.Skip(known))
        {
            await AddAsync(session, newest, version, number++).ConfigureAwait(false);
        }

        return missing;
    }

    // Whoever limited the key here meanwhile must not be overruled.
    private void RequireSame(KeyRow here)
    {
        if (here.Record.CurrentName != image.Versions[known - 1].Name)
        {
            throw KeyFaults.Conflict(here.Record.Name, $"its current version is {here.Record.CurrentName.Value}");
        }

        KeyUse elsewhere = KeyLimits.Of(image.Metadata.Use, image.Versions.Take(known));
        if (!elsewhere.Equals(here.Use.Use))
        {
            throw KeyFaults.Conflict(here.Record.Name, $"it {KeyLimits.Describe(here.Use.Use)} here, and {KeyLimits.Describe(elsewhere)} where it is copied from");
        }
    }

    private async ValueTask AddAsync(SqlSession session, KeyRecord record, KeyVersion version, int number)
    {
        object? taken = await session.Command(SqlText.IsVersionTaken, ("@name", version.Name.Value)).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
        if (taken is not 0L)
        {
            throw KeyFaults.VersionNameTaken(record.Name, version.Name, provider.Uri.Text);
        }

        KeyRecord at = record with { CurrentNumber = number, CurrentName = version.Name, CurrentMs = version.Created.ToUnixTimeMilliseconds() };
        SealedRow box = version.Material is { } material
            ? rows.SealVersion(at, version.Name, number, at.CurrentMs, material)
            : rows.SealDestroyed(at, version.Name, number, at.CurrentMs);
        await session.Command(
            SqlText.AddVersion,
            ("@name", version.Name.Value), ("@incarnation", at.Incarnation), ("@number", number), ("@now", at.CurrentMs), ("@key", box.KeyId), ("@sealed", box.Box))
            .ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private KeyRecord RecordOf(KeyMetadata key) => new(
        store.Incarnations.Next(),
        key.Name,
        key.Cipher,
        key.BitLength,
        key.Created.ToUnixTimeMilliseconds(),
        key.Description,
        key.Attributes,
        0,
        key.Current,
        0,
        null);
}
