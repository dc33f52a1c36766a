using System.Globalization;
using System.Management.Automation;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Shell;

/// <summary>How far a long copy is, told a few times a second: a record for each of a million keys would cost more than the copy.</summary>
internal sealed class MoveProgress(ShellOutput output, string activity, int all)
{
    /// <summary>One display for the whole of a copy.</summary>
    internal const int Id = 7107;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private long _next;
    private int _done;

    /// <summary>How many keys are done, or failed, for people.</summary>
    internal string Text => Count(Volatile.Read(ref _done));

    /// <summary>One more key is done, or failed.</summary>
    internal void Step(KeyName key)
    {
        int done = Interlocked.Increment(ref _done);
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(_started);
        long next = Volatile.Read(ref _next);
        if (elapsed.Ticks < next || Interlocked.CompareExchange(ref _next, (elapsed + Pause).Ticks, next) != next)
        {
            return;
        }

        output.WriteProgress(new ProgressRecord(Id, activity, string.Create(CultureInfo.CurrentCulture, $"{Count(done)}, {done / Math.Max(elapsed.TotalSeconds, 0.001):N0} a second"))
        {
            CurrentOperation = Printable.Text(key.Value),
            PercentComplete = (int)(100L * done / Math.Max(all, 1)),
            SecondsRemaining = (int)Math.Min(int.MaxValue, elapsed.TotalSeconds / done * (all - done)),
        });
    }

    private string Count(int done) => string.Create(CultureInfo.CurrentCulture, $"{done:N0} of {all:N0} keys");

    /// <summary>Takes the bar away.</summary>
    internal void End() => output.WriteProgress(new ProgressRecord(Id, activity, "Done") { RecordType = ProgressRecordType.Completed });
}
