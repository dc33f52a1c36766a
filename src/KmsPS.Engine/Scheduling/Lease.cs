using System.Text;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Scheduling;

/// <summary>
/// One of several servers on a store has it at a time. It is a record of the shared state whose revision its holder moves; whoever sees one
/// revision stand still for long enough, by the clock of his own processor, takes it over.
/// </summary>
/// <remarks>
/// INVARIANT: no two machines' clocks are compared, so a clock that jumps neither gives a lease away nor keeps one. A holder that was only slow may
/// go on for a moment beside its successor; what is done under a lease must bear that (rolls are conditional, a deletion happens once).
/// </remarks>
/// <param name="state">Where it lies.</param>
/// <param name="name">Its name.</param>
/// <param name="holder">Names this process; no other has the same.</param>
/// <param name="patience">How long a revision must stand still.</param>
/// <param name="time">The clock.</param>
internal sealed class Lease(IStateStore state, string name, string holder, TimeSpan patience, TimeProvider time)
{
    private const string Kind = "lease";

    private long _mine;
    private (long Revision, long At) _seen;

    /// <summary>Takes it where it is free, or its holder has gone quiet.</summary>
    internal async ValueTask<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        StateRecord? record = await state.FindAsync(Kind, name, cancellationToken).ConfigureAwait(false);
        if (record is { Payload.Length: > 0 } && !HasGoneQuiet(record))
        {
            return false;
        }

        long revision = record?.Revision ?? 0;
        if (!await state.TryWriteAsync(Kind, name, Encoding.UTF8.GetBytes(holder), null, revision, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _mine = revision + 1;
        return true;
    }

    /// <summary>Shows that the holder lives; <see langword="false"/> where somebody else has taken the lease meanwhile.</summary>
    internal async ValueTask<bool> RenewAsync(CancellationToken cancellationToken)
    {
        if (!await state.TryWriteAsync(Kind, name, Encoding.UTF8.GetBytes(holder), null, _mine, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _mine++;
        return true;
    }

    /// <summary>Gives it back, unless somebody else has taken it.</summary>
    internal async ValueTask ReleaseAsync(CancellationToken cancellationToken) =>
        await state.TryWriteAsync(Kind, name, ReadOnlyMemory<byte>.Empty, null, _mine, cancellationToken).ConfigureAwait(false);

    private bool HasGoneQuiet(StateRecord record)
    {
        if (_seen.Revision != record.Revision)
        {
            _seen = (record.Revision, time.GetTimestamp());
            return false;
        }

        return time.GetElapsedTime(_seen.At) >= patience;
    }
}
