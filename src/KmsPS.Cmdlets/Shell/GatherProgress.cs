using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// How many objects a cmdlet has taken from the pipeline that it begins with when it has all of them. Nothing is shown in the first
/// second; a Java keystore gives ten keys a second, and an empty screen looks like one that hangs.
/// </summary>
/// <param name="cmdlet">The cmdlet; called on its own thread.</param>
/// <param name="activity">What it is going to do.</param>
internal sealed class GatherProgress(Cmdlet cmdlet, string activity)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next = Patience;

    /// <summary>That many keys are there so far.</summary>
    internal void Step(int count)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (elapsed < _next)
        {
            return;
        }

        _next = elapsed + Pause;
        cmdlet.WriteProgress(new ProgressRecord(MoveProgress.Id, activity, string.Create(CultureInfo.CurrentCulture, $"{count:N0} keys so far; the work begins when all are there")));
    }

    /// <summary>Takes the display away, where there was one.</summary>
    internal void End()
    {
        if (_next > Patience)
        {
            cmdlet.WriteProgress(new ProgressRecord(MoveProgress.Id, activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }
}
