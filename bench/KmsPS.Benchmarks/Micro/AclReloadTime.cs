using System.Diagnostics;
using System.Globalization;
using System.Text;
using KmsPS.Benchmarks.Report;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Benchmarks.Micro;

/// <summary>B13: ten thousand key lists read again from their file, and how long a thread that decides all the while is held up by it.</summary>
internal sealed class AclReloadTime(Options options)
{
    private const int Keys = 10_000;
    private const double MostMilliseconds = 200;

    // What a collection or the scheduler may take; a reader that had to wait for a reload would be held up for all of it.
    private const double MostPauseMilliseconds = 20;

    public async Task<IReadOnlyList<Row>> RunAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-bench-");
        string path = Path.Combine(folder.FullName, "kms-acls.xml");
        Write(path, 0);
        try
        {
            await using AclSource source = AclSource.Open(path, new AclSettings(), AclSnapshot.Empty, TimeProvider.System, static _ => { });
            (double[] reloads, double[] pauses) = Measure(source, path);
            (double reload, double pause) = (reloads[reloads.Length / 2], pauses[pauses.Length / 2]);
            return
            [
                new("B13", "10,000 key lists read again", $"< {MostMilliseconds:0} ms", Text(reload), $"median of {reloads.Length}; worst {Text(reloads[^1])}", reload < MostMilliseconds),
                new("B13", "longest time between two decisions during such a reload", $"≤ {MostPauseMilliseconds:0} ms", Text(pause), $"median of {pauses.Length} reloads; worst {Text(pauses[^1])}", pause <= MostPauseMilliseconds),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private (double[] Reloads, double[] Pauses) Measure(AclSource source, string path)
    {
        int rounds = options.Quick ? 5 : 20;
        Decider decider = new(source);
        Thread thread = new(decider.Run) { IsBackground = true };
        thread.Start();
        List<double> reloads = [];
        List<double> pauses = [];
        for (int i = 1; i <= rounds + 1; i++)
        {
            Write(path, i);
            decider.TakeLongest();
            long started = Stopwatch.GetTimestamp();
            while (source.Current.Keys[Name(0)][KeyAclType.DecryptEek].Value != Users(i))
            {
                source.Look();
            }

            double took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            double pause = decider.TakeLongest();
            if (i > 1)
            {
                reloads.Add(took);
                pauses.Add(pause);
            }
        }

        decider.Stop();
        thread.Join();
        return ([.. reloads.Order()], [.. pauses.Order()]);
    }

    private static void Write(string path, int turn)
    {
        StringBuilder xml = new("<configuration>\n");
        for (int i = 0; i < Keys; i++)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<property><name>key.acl.{Name(i)}.DECRYPT_EEK</name><value>{Users(turn)}</value></property>\n");
        }

        string fresh = path + ".new";
        File.WriteAllText(fresh, xml.Append("</configuration>\n").ToString());
        File.Move(fresh, path, overwrite: true);
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"zone-{i:00000}");

    private static string Users(int turn) => string.Create(CultureInfo.InvariantCulture, $"alice,bob{turn} etl,team7");

    private static string Text(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms");

    /// <summary>Decides without end, and keeps the longest time between two decisions.</summary>
    private sealed class Decider(AclSource source)
    {
        private readonly AccessRequest _request = new(
            new Caller("carol", "carol", AuthenticationMethod.Simple, NameSet.Of(["team7"])), AclOperation.DecryptEek, KmsOperation.DecryptEek, Name(5042), KeyAclType.DecryptEek, Name(5042));

        private long _longest;
        private volatile bool _ends;

        public void Stop() => _ends = true;

        public double TakeLongest() => Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _longest, 0)).TotalMilliseconds;

        public void Run()
        {
            long before = Stopwatch.GetTimestamp();
            while (!_ends)
            {
                if (!source.Current.Decide(_request).IsAllowed)
                {
                    throw new InvalidOperationException("A decision changed during a reload that did not change it.");
                }

                long now = Stopwatch.GetTimestamp();
                if (now - before > Volatile.Read(ref _longest))
                {
                    Volatile.Write(ref _longest, now - before);
                }

                before = now;
            }
        }
    }
}
