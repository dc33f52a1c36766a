using System.Diagnostics;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>
/// A process that writes is killed, and whatever it said was answered must be there afterwards: the acknowledgements travel through
/// a pipe, so that they outlive it.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CrashLog _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Store => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_answered_survives_a_kill_at_any_time()
    {
        const int Rounds = 30;
        for (int round = 0; round < Rounds; round++)
        {
            using Process child = Start(Writer, Store, $"{round * 7919}", "100000");

            // Every fifth is killed while it starts, the others while they write.
            int delay = round % 5 == 0 ? 60 + (round * 10) : 20 + (round * 53 % 500);
            using Timer kill = new(_ => child.Kill());
            if (round % 5 == 0)
            {
                kill.Change(delay, Timeout.Infinite);
            }

            await _log.ReadAsync(child.StandardOutput, () => kill.Change(delay, Timeout.Infinite), Stop);
            await child.WaitForExitAsync(Stop);
            await VerifyAsync(mayBeNew: round == 0);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{_log.Acknowledged} acknowledged changes over {Rounds} kills");
        Assert.True(_log.Acknowledged > 50, $"Only {_log.Acknowledged} changes were made.");
    }

    [Theory]
    [InlineData("fsync,fdatasync", 1, 2, 3, 4, 5, 8, 13)]
    [InlineData("pwrite64", 1, 2, 3, 5, 9, 14, 22, 40)]
    [InlineData("ftruncate", 1, 2)]
    [InlineData("rename,renameat2,link", 1)]
    public async Task What_was_answered_survives_a_kill_at_a_system_call(string calls, params int[] occurrences)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        foreach (int number in occurrences)
        {
            using TemporaryDirectory directory = new();
            CrashLog log = new();
            string store = directory.File("kms.db");
            using Process child = Start("/usr/bin/strace", "-f", "-qq", "--seccomp-bpf", "-o", directory.File("trace"), "-e", $"trace={calls}", "-e", $"inject={calls}:signal=SIGKILL:when={number}", Writer, store, $"{number}", "12");
            await log.ReadAsync(child.StandardOutput, static () => true, Stop);
            await child.WaitForExitAsync(Stop);
            await log.VerifyAsync(store, mayBeNew: !log.WasOpened, Stop);
        }
    }

    private static string Writer => Path.Combine(AppContext.BaseDirectory, "KmsPS.CrashWriter");

    private ValueTask VerifyAsync(bool mayBeNew) => _log.VerifyAsync(Store, mayBeNew && !_log.WasOpened, Stop);

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })
        ?? throw new InvalidOperationException($"{program} did not start.");
}
