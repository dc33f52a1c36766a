using System.Buffers;
using System.Text;
using KmsPS.Engine.Audit;

namespace KmsPS.Tests.Audit;

public sealed class HadoopAuditFormatTests
{
    private static readonly DateTimeOffset At = new(2024, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private static readonly SearchValues<char> Breaking = SearchValues.Create(['\n', '\r', '\u2028', '\u2029', '\u0085', '\u001b', '\u202E', '\0', '\v', '\f']);

    [Fact]
    public void A_line_begins_with_log4j_s_time_stamp_and_keeps_the_blank_before_an_empty_extra() =>
        Assert.Equal("2024-01-02 03:04:05,678 OK[op=GET_KEYS, user=u] \n", Text(new AuditEvent { At = At, Outcome = AuditOutcome.Ok, Operation = "GET_KEYS", User = "u" }));

    [Fact]
    public void No_name_can_forge_a_line_and_plain_names_look_as_they_are()
    {
        string[] hostile = ["a\nOK[op=DELETE_KEY, key=secret, user=root] ", "a\rb", "a\u2028b", "a\u2029b", "a\u0085b", "a\u001b[31mb", "a\u202Eb", "a\0b", "a\vb", "a\fb"];
        foreach (string name in hostile)
        {
            AuditEvent entry = new() { At = At, Outcome = AuditOutcome.Ok, Operation = name, Key = name, User = name, Extra = name, AccessCount = 1 };
            string[] lines =
            [
                Text(entry),
                Text(entry with { AccessCount = null }),
                Text(entry with { Outcome = AuditOutcome.Unauthorized }),
                Text(entry with { Outcome = AuditOutcome.Error, Method = name, Message = "x" + name[..2] }),
                Text(entry with { Outcome = AuditOutcome.Unauthenticated, Address = name, Method = name, Url = name, Message = name }),
            ];
            Assert.All(lines, static line => Assert.Equal(line.Length - 1, line.AsSpan().IndexOfAny(Breaking)));
        }

        AuditEvent plain = new() { At = At, Outcome = AuditOutcome.Ok, Operation = "CREATE_KEY", Key = "é漢字🔑 a, b] 'q' %41 <b>", User = "carol/h@EXAMPLE.COM", Extra = "Description:é, ]" };
        Assert.Equal("OK[op=CREATE_KEY, key=é漢字🔑 a, b] 'q' %41 <b>, user=carol/h@EXAMPLE.COM] Description:é, ]", HadoopAuditFormat.Message(plain));
    }

    [Fact]
    public void An_escape_in_a_name_is_not_taken_for_one_of_ours()
    {
        AuditEvent entry = new() { At = At, Outcome = AuditOutcome.Ok, Operation = "GET_METADATA", User = "u" };
        Assert.NotEqual(HadoopAuditFormat.Message(entry with { Key = "a\nb" }), HadoopAuditFormat.Message(entry with { Key = "a\\nb" }));
    }

    [Fact]
    public void A_failure_is_cut_at_its_first_line_feed_and_names_neither_operation_nor_key()
    {
        AuditEvent entry = new() { At = At, Outcome = AuditOutcome.Error, Operation = "ROLL_NEW_VERSION", Key = "k", User = "alice", Method = "POST", Message = "one\r\ntwo" };
        Assert.Equal("ERROR[user=alice] Method:'POST' Exception:'one\\r'", HadoopAuditFormat.Message(entry));
        Assert.Equal("ERROR Method:'PUT' Exception:'null'", HadoopAuditFormat.Message(entry with { User = null, Method = "PUT", Message = null }));
    }

    [Fact]
    public void An_event_has_as_many_lines_as_hadoop_writes_for_it()
    {
        AuditEvent entry = new() { At = At, Outcome = AuditOutcome.Unauthorized, Operation = "READ", Key = "k", User = "u" };
        Assert.Equal("", Text(entry with { HadoopLines = 0 }));
        Assert.Equal(3, Text(entry with { HadoopLines = 3 }).Count(static c => c == '\n'));
    }

    private static string Text(AuditEvent entry)
    {
        ArrayBufferWriter<byte> output = new();
        new HadoopAuditFormat(TimeZoneInfo.Utc).Write([entry], output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
