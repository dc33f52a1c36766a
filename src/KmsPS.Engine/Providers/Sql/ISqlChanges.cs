using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What a write does to what was remembered of its key.</summary>
internal enum KeyChange
{
    /// <summary>The key was not there, so nothing was.</summary>
    Makes,

    /// <summary>Whatever was there is still there, and another version is current.</summary>
    Adds,

    /// <summary>Something that was there may not be used any more.</summary>
    Removes,
}

/// <summary>How the servers on one SQL store tell each other that a key changed. Disposed with the provider if it can be.</summary>
internal interface ISqlChanges : IChangeSource
{
    /// <summary>
    /// The first statement of a write to a key; gives the key's new stamp. INVARIANT: where several write at a time, whoever writes
    /// another key of the same slot, or this one, waits here until this write has ended.
    /// </summary>
    ValueTask<long> RecordAsync(SqlSession session, KeyName key, KeyChange change);

    /// <summary>The write is committed and will be answered.</summary>
    void Committed(KeyName key, long stamp);

    /// <summary>
    /// The same of a key whose name was never used. INVARIANT: nobody remembers that a key is not there, so nobody must be told before
    /// the answer; the others see the counter when they look next.
    /// </summary>
    void Made(KeyName key, long stamp) => Committed(key, stamp);

    /// <summary>The write failed, or nobody knows whether it did.</summary>
    void Failed(KeyName key);

    /// <summary>The first statement of a write that may change every key.</summary>
    ValueTask RecordAllAsync(SqlSession session);

    /// <summary>That write is committed.</summary>
    void CommittedAll();
}
