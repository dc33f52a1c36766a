using System.Data.Common;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Which life of a store this is. A restore and each new store key begin another one, so a process or a machine that saw a later one
/// knows an older copy of the database when it meets it.
/// </summary>
/// <param name="Number">1 for a store as it was made; grows.</param>
/// <param name="Id">16 random bytes, all zero in the first: two restores of one backup differ in it.</param>
/// <param name="BeganMs">When it began.</param>
/// <param name="Cause">Why: <c>restore ID</c>, <c>rekey</c>, <c>repair</c>.</param>
internal sealed record StoreEpoch(long Number, byte[] Id, long BeganMs, string Cause)
{
    /// <summary>Kind and id of the state record that holds it.</summary>
    internal const string Kind = "store";

    internal const string RecordId = "epoch";

    private const string Layout = "KmsPS epoch 1";

    internal static StoreEpoch First { get; } = new(1, new byte[StoreKey.IdLength], 0, "made");

    internal string Name => Convert.ToHexStringLower(Id);

    internal StoreEpoch After(long atLeast, long nowMs, string cause) =>
        new(Math.Max(Number, atLeast) + 1, RandomNumberGenerator.GetBytes(StoreKey.IdLength), nowMs, cause);

    internal static async ValueTask<StoreEpoch> ReadAsync(SqlSession session, SqlStateStore states, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(SqlText.FindState, ("@kind", Kind), ("@id", RecordId)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? Decode(states.Read(Kind, row).Payload) : First;
        }
    }

    internal ValueTask WriteAsync(SqlSession session, SqlStateStore states)
    {
        RowWriter payload = new(Layout);
        payload.Add(Number);
        payload.Add(Id);
        payload.Add(BeganMs);
        payload.Add(Cause);
        return states.PutAsync(session, Kind, RecordId, payload.Span.ToArray());
    }

    private static StoreEpoch Decode(byte[] payload)
    {
        RowReader reader = new(payload);
        return reader.Text() == Layout
            ? new StoreEpoch(reader.Number(), reader.Bytes().ToArray(), reader.Number(), reader.Text())
            : throw new KmsException(ErrorKind.StoreCorrupt, "The store's epoch has an unknown layout", "Use the release that wrote it, or a newer one.");
    }
}
