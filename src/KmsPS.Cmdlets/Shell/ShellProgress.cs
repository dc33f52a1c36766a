using System.Diagnostics;
using System.Management.Automation;
using KmsPS.Engine.Providers;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Shows how far work on a store has come; a few times a second, however often it is told.</summary>
/// <param name="output">The way to the pipeline thread.</param>
/// <param name="activity">What the cmdlet does.</param>
internal sealed class ShellProgress(ShellOutput output, string activity) : IProgress<StoreProgress>
{
    private const int ActivityId = 1;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private long _last;

    /// <inheritdoc/>
    public void Report(StoreProgress value)
    {
        long now = Stopwatch.GetTimestamp();
        if (_last != 0 && Stopwatch.GetElapsedTime(_last, now) < Pause)
        {
            return;
        }

        _last = now;
        output.WriteProgress(new ProgressRecord(ActivityId, activity, $"{value.Activity}: {value.Done} of {value.Total}")
        {
            PercentComplete = value.Total > 0 ? (int)Math.Min(100, value.Done * 100 / value.Total) : -1,
        });
    }

    /// <summary>Takes the display away.</summary>
    internal void End() => output.WriteProgress(new ProgressRecord(ActivityId, activity, "done") { RecordType = ProgressRecordType.Completed });
}
