namespace KmsPS.Engine.State;

/// <summary>One record of what servers on one store share.</summary>
/// <param name="Kind">What it is: a cookie secret, a delegation token, a token master key.</param>
/// <param name="Id">Names it within its kind.</param>
/// <param name="Revision">Grows with every write; 1 for the first.</param>
/// <param name="Payload">What it holds, unsealed. Treat it as secret and clear it.</param>
/// <param name="Expires">When it may be removed, UTC; <see langword="null"/> for never.</param>
public sealed record StateRecord(string Kind, string Id, long Revision, byte[] Payload, DateTimeOffset? Expires);

/// <summary>
/// What several servers on one store share besides keys: cookie secrets, delegation tokens and their master keys. Payloads are
/// sealed at rest as key rows are. It does the work that Hadoop gives to ZooKeeper.
/// </summary>
public interface IStateStore
{
    /// <summary>A number that grows whenever any server changed anything here: one cheap read, to know when to read again.</summary>
    ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken);

    /// <summary>One record, or <see langword="null"/>.</summary>
    ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken);

    /// <summary>All records of a kind.</summary>
    IAsyncEnumerable<StateRecord> ListAsync(string kind, CancellationToken cancellationToken);

    /// <summary>Writes a record if its revision is still <paramref name="expectedRevision"/>; 0 means that there must be none yet.</summary>
    /// <returns>Whether it was written; <see langword="false"/> when somebody else was first.</returns>
    ValueTask<bool> TryWriteAsync(string kind, string id, ReadOnlyMemory<byte> payload, DateTimeOffset? expires, long expectedRevision, CancellationToken cancellationToken);

    /// <summary>Removes a record; whether there was one.</summary>
    ValueTask<bool> RemoveAsync(string kind, string id, CancellationToken cancellationToken);

    /// <summary>Removes what expired before <paramref name="before"/>; how many there were.</summary>
    ValueTask<int> RemoveExpiredAsync(string kind, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Takes the next numbers of a sequence, which counts from 1 and gives none twice.</summary>
    /// <param name="sequence">Its name.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first of them; the others follow it without a gap.</returns>
    ValueTask<long> ReserveAsync(string sequence, int count, CancellationToken cancellationToken);
}
