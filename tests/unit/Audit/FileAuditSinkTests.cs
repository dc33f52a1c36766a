using System.Globalization;
using System.Text.Json;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Audit;

public sealed class FileAuditSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmsps-audit-").FullName;
    private readonly ManualTime _time = new();

    private string Log => Path.Combine(_folder, "log", "kms-audit.jsonl");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_line_says_everything_that_is_known()
    {
        await using (FileAuditSink sink = Open())
        {
            await sink.WriteAsync(
                [
                    new AuditEvent
                    {
                        At = _time.GetUtcNow(), Outcome = AuditOutcome.Unauthorized, Operation = "DELETE_KEY", Key = "k\u2028\u202E\"'<é>", Version = "k@1", User = "bob@R", RealUser = "oozie@R",
                        Authentication = AuthenticationMethod.Kerberos, Address = "10.0.0.7", Method = "DELETE", Reason = "NotInOperationAcl", Rule = "hadoop.kms.acl.DELETE (kms-acls.xml:12)",
                        Message = "m", Count = 3, Duration = TimeSpan.FromMicroseconds(1234), TraceId = "0af7651916cd43dd8448eb211c80319c",
                    },
                ],
                Stop);
        }

        string text = File.ReadAllLines(Log)[1];
        Assert.DoesNotContain('\u2028', text);
        Assert.DoesNotContain('\u202E', text);
        JsonElement line = JsonDocument.Parse(text).RootElement;
        Dictionary<string, string> facts = line.EnumerateObject().ToDictionary(static member => member.Name, static member => member.Value.ToString());
        Assert.Equal(44, facts["chain"].Length);
        facts.Remove("chain");
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["n"] = "2", ["at"] = "2026-03-01T12:00:00Z", ["outcome"] = "UNAUTHORIZED", ["operation"] = "DELETE_KEY", ["key"] = "k\u2028\u202E\"'<é>", ["version"] = "k@1", ["user"] = "bob@R",
                ["realUser"] = "oozie@R", ["authentication"] = "Kerberos", ["address"] = "10.0.0.7", ["method"] = "DELETE", ["message"] = "m", ["reason"] = "NotInOperationAcl",
                ["rule"] = "hadoop.kms.acl.DELETE (kms-acls.xml:12)", ["keys"] = "3", ["durationMicroseconds"] = "1234", ["trace"] = "0af7651916cd43dd8448eb211c80319c",
            },
            facts);
    }

    [Fact]
    public async Task Only_the_owner_may_read_and_no_second_server_writes()
    {
        await using FileAuditSink sink = Open();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log + ".head"));
        }

        KmsException refused = Assert.Throws<KmsException>(() => Open());
        Assert.Equal(ErrorKind.AuditUnavailable, refused.Kind);
        Assert.Contains(Log, refused.Message);
    }

    [Fact]
    public async Task The_chain_goes_on_over_restarts_and_says_how_a_file_ended()
    {
        await WriteAsync(3);
        await WriteAsync(2);
        AuditChainReport report = AuditChain.Verify(Log);
        Assert.Equal((true, 1L, 9L, AuditFileEnd.Closed), (report.IsIntact, report.First, report.Last, report.End));
        FileAuditSink running = Open();
        await running.WriteAsync([Event(0)], Stop);
        report = AuditChain.Verify(Log);
        Assert.Equal((true, 11L, AuditFileEnd.Open), (report.IsIntact, report.Last, report.End));
        await running.DisposeAsync();
    }

    [Fact]
    public async Task Each_day_has_its_file_and_the_files_follow_one_another()
    {
        FileAuditSink sink = Open();
        for (int day = 0; day < 3; day++)
        {
            await sink.WriteAsync([Event(day), Event(day)], Stop);
            _time.Advance(TimeSpan.FromDays(1));
        }

        await sink.DisposeAsync();
        File.SetLastWriteTimeUtc(Log, new DateTime(2026, 3, 3, 23, 0, 0, DateTimeKind.Utc));
        await WriteAsync(1);
        Assert.Equal(
            ["kms-audit.jsonl.2026-03-01", "kms-audit.jsonl.2026-03-02", "kms-audit.jsonl.2026-03-03", "kms-audit.jsonl"],
            AuditFiles.Of(Log).Select(Path.GetFileName));
        IReadOnlyList<AuditChainReport> reports = AuditChain.VerifyAll(Log);
        Assert.All(reports, static report => Assert.Null(report.Fault));
        Assert.All(reports, static report => Assert.Equal(AuditFileEnd.Closed, report.End));
        Assert.Equal([1L, 5, 9, 15], reports.Select(static report => report.First));

        File.Delete(Log + ".2026-03-02");
        Assert.Equal([true, false, true], AuditChain.VerifyAll(Log).Select(static report => report.IsIntact));
    }

    [Fact]
    public async Task A_file_of_an_earlier_day_is_rolled_when_it_is_opened()
    {
        await WriteAsync(1);
        _time.Advance(TimeSpan.FromDays(2));
        await WriteAsync(1);
        Assert.Equal(["kms-audit.jsonl.2026-03-01", "kms-audit.jsonl"], AuditFiles.Of(Log).Select(Path.GetFileName));
        Assert.All(AuditChain.VerifyAll(Log), static report => Assert.Null(report.Fault));
    }

    [Fact]
    public async Task A_crash_at_any_byte_leaves_a_file_that_verifies_and_goes_on()
    {
        await WriteAsync(4);
        byte[] whole = File.ReadAllBytes(Log);
        int[] ends = [.. Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').Select(static i => i + 1)];
        for (int length = ends[0]; length < whole.Length; length += 7)
        {
            // The head is written after its lines: at most it knows the last whole one.
            long known = ends.Count(end => end <= length);
            File.WriteAllBytes(Log, whole[..length]);
            File.Delete(Log + ".head");
            AuditChainReport report = AuditChain.Verify(Log);
            Assert.True(report.IsIntact);
            Assert.Equal(known, report.Last);
            Assert.Equal(ends.Contains(length), report.Torn is null);
            await WriteAsync(1);
            Assert.True(AuditChain.Verify(Log).IsIntact, $"cut at {length}: {AuditChain.Verify(Log).Fault}");
        }
    }

    [Fact]
    public async Task Every_one_of_1000_edits_is_found()
    {
        await WriteAsync(40);
        byte[] whole = File.ReadAllBytes(Log);
        int step = Math.Max(1, whole.Length / 1000);
        int edits = 0;
        for (int at = 0; at < whole.Length - 1; at += step)
        {
            byte[] changed = [.. whole];
            changed[at] ^= (byte)(1 << (at % 7));
            File.WriteAllBytes(Log, changed);
            Assert.False(AuditChain.Verify(Log).IsIntact, string.Create(CultureInfo.InvariantCulture, $"byte {at} was changed and nobody saw it"));
            edits++;
        }

        Assert.True(edits >= 1000);
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("swap")]
    [InlineData("repeat")]
    [InlineData("truncate")]
    [InlineData("behead")]
    [InlineData("empty")]
    public async Task Lines_that_are_removed_moved_or_repeated_are_found(string how)
    {
        await WriteAsync(10);
        List<string> lines = [.. File.ReadAllLines(Log)];
        switch (how)
        {
            case "remove":
                lines.RemoveAt(5);
                break;
            case "swap":
                (lines[4], lines[5]) = (lines[5], lines[4]);
                break;
            case "repeat":
                lines.Insert(5, lines[4]);
                break;
            case "truncate":
                lines.RemoveRange(6, lines.Count - 6);
                break;
            case "behead":
                lines.RemoveRange(0, 3);
                break;
            default:
                lines.Clear();
                break;
        }

        File.WriteAllText(Log, string.Concat(lines.Select(static line => line + "\n")));
        Assert.False(AuditChain.Verify(Log).IsIntact);
    }

    [Fact]
    public async Task Truncation_between_two_runs_is_noted_by_the_second_and_reported()
    {
        await WriteAsync(10);
        string[] lines = File.ReadAllLines(Log);
        File.WriteAllText(Log, string.Concat(lines[..5].Select(static line => line + "\n")));
        await WriteAsync(1);
        AuditChainReport report = AuditChain.Verify(Log);
        Assert.Equal(6, report.Fault!.Line);
        Assert.Contains("the head file knows line 12, but the file ended with line 5", report.Fault.What);
    }

    [Fact]
    public async Task A_torn_text_line_is_kept_on_a_line_of_its_own()
    {
        string path = Path.Combine(_folder, "kms-audit.log");
        File.WriteAllText(path, "2026-03-01 11:59:59,000 OK[op=GET_KEYS, user=u] \n2026-03-01 11:59:59,001 OK[op=GE");
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        await using (FileAuditSink sink = FileAuditSink.Open(path, new HadoopAuditFormat(TimeZoneInfo.Utc), _time))
        {
            await sink.WriteAsync([Event(1)], Stop);
        }

        Assert.Equal(
            ["2026-03-01 11:59:59,000 OK[op=GET_KEYS, user=u] ", "2026-03-01 11:59:59,001 OK[op=GE", "2026-03-01 12:00:00,000 OK[op=CREATE_KEY, key=k1, user=alice] "],
            File.ReadAllLines(path));
        Assert.False(File.Exists(path + ".head"));
    }

    private FileAuditSink Open() => FileAuditSink.Open(Log, new JsonAuditFormat(), _time);

    private AuditEvent Event(int number) => new() { At = _time.GetUtcNow(), Outcome = AuditOutcome.Ok, Operation = "CREATE_KEY", Key = $"k{number}", User = "alice" };

    private async Task WriteAsync(int events)
    {
        await using (FileAuditSink sink = Open())
        {
            for (int i = 0; i < events; i++)
            {
                await sink.WriteAsync([Event(i)], Stop);
            }
        }

        File.SetLastWriteTimeUtc(Log, _time.GetUtcNow().UtcDateTime);
    }
}
