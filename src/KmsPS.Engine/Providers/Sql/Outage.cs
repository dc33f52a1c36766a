using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Remembers for a moment that a database does not answer: one call tries again, all others are told at once instead of waiting for
/// the same deadline.
/// </summary>
internal sealed class Outage(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private KmsException? _failure;
    private long _next;

    /// <summary>Throws what the last attempt met, unless it is this call's turn to try.</summary>
    internal void ThrowIfLasting()
    {
        if (Volatile.Read(ref _failure) is not { } failure)
        {
            return;
        }

        long now = time.GetTimestamp();
        long next = Volatile.Read(ref _next);
        if (now < next || Interlocked.CompareExchange(ref _next, Later(now), next) != next)
        {
            throw new KmsException(failure.Kind, failure.Message, failure.Remedy, failure.IsTransient, failure) { Subject = failure.Subject };
        }
    }

    /// <summary>An attempt failed. Gives the failure back.</summary>
    internal KmsException Begin(KmsException failure)
    {
        if (failure.IsTransient)
        {
            Volatile.Write(ref _next, Later(time.GetTimestamp()));
            Volatile.Write(ref _failure, failure);
        }

        return failure;
    }

    /// <summary>An attempt succeeded.</summary>
    internal void End() => Volatile.Write(ref _failure, null);

    private long Later(long now) => now + (long)(Pause.TotalSeconds * time.TimestampFrequency);
}
