using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace KmsPS.Server.Admin;

/// <summary>
/// The text of <c>/stacks</c>. A .NET process cannot see the stacks of its own threads; it says so, and tells what it can: each
/// thread's state and processor time, and the thread pool's.
/// </summary>
internal static class StacksPage
{
    /// <summary>Threads in the order of their numbers.</summary>
    public static string Render()
    {
        using Process self = Process.GetCurrentProcess();
        ProcessThread[] threads = [.. self.Threads.Cast<ProcessThread>().OrderBy(static thread => thread.Id)];
        StringBuilder text = new("Process Thread Dump: \n");
        text.Append(CultureInfo.InvariantCulture, $"{threads.Length} active threads\n");
        foreach (ProcessThread thread in threads)
        {
            text.Append(CultureInfo.InvariantCulture, $"Thread {thread.Id}:\n  State: {State(thread)}\n  Processor time: {thread.TotalProcessorTime.TotalMilliseconds:0} ms\n");
        }

        return text
            .Append(CultureInfo.InvariantCulture, $"Thread pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} waiting, {ThreadPool.CompletedWorkItemCount} done\n")
            .Append(CultureInfo.InvariantCulture, $"Stacks: dotnet-stack report --process-id {Environment.ProcessId}\n")
            .ToString();
    }

    // SOURCE: java.lang.Thread.State, whose words scripts count.
    private static string State(ProcessThread thread) => thread.ThreadState switch
    {
        System.Diagnostics.ThreadState.Wait => "WAITING",
        System.Diagnostics.ThreadState.Terminated => "TERMINATED",
        System.Diagnostics.ThreadState.Initialized => "NEW",
        _ => "RUNNABLE",
    };
}
