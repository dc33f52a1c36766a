using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Identity;

public sealed class AuthToLocalTests
{
    [Fact]
    public void Every_recorded_rule_gives_the_recorded_name_or_refusal()
    {
        int answers = 0;
        foreach (string line in File.ReadLines(Vectors.Path("recorded", "auth", "kerberos-name-rules", "facts.jsonl")))
        {
            using JsonDocument fact = JsonDocument.Parse(line);
            JsonElement settings = fact.RootElement.GetProperty("settings");
            string rules = settings.GetProperty("hadoop.kms.authentication.kerberos.name.rules").GetString() is { Length: > 0 } given ? given : "DEFAULT";
            string mechanism = settings.TryGetProperty("hadoop.kms.authentication.kerberos.name.rules.mechanism", out JsonElement named) ? named.GetString()! : "hadoop";
            if (!fact.RootElement.GetProperty("starts").GetBoolean())
            {
                Assert.Throws<ConfigurationException>(() => AuthToLocal.Parse(rules, mechanism, "EXAMPLE.COM"));
                answers++;
                continue;
            }

            AuthToLocal names = AuthToLocal.Parse(rules, mechanism, "EXAMPLE.COM");
            foreach (JsonElement answer in fact.RootElement.GetProperty("answers").EnumerateArray())
            {
                string principal = answer.GetProperty("principal").GetString()!;
                principal = principal.Contains('@', StringComparison.Ordinal) ? principal : principal + "@EXAMPLE.COM";
                string message = answer.GetProperty("message").GetString()!;
                NameMapping explained = names.Explain(principal);
                if (answer.GetProperty("status").GetInt32() == 500)
                {
                    Assert.Null(explained.ShortName);
                    NameRuleException refused = Assert.Throws<NameRuleException>(() => names.ShortNameOf(principal));
                    Assert.Equal(message, $"{refused.JavaClass}: {refused.Message}");
                    Assert.Equal(refused.Message, explained.Problem);
                }
                else if (message.StartsWith("User:", StringComparison.Ordinal))
                {
                    Assert.Equal(names.ShortNameOf(principal), explained.ShortName);
                    Assert.Equal(message, $"User:{names.ShortNameOf(principal)} not allowed to do 'GET_KEYS'");
                }
                else
                {
                    Assert.Equal("", names.ShortNameOf(principal));
                }

                answers++;
            }
        }

        Assert.True(answers > 100, $"{answers} answers were found");
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("a b", "a b")]
    [InlineData("alice/host@EXAMPLE.COM", "alice")]
    [InlineData("a/b/c", "a/b/c")]
    [InlineData("", "")]
    public void Simple_names_pass(string principal, string expected) => Assert.Equal(expected, AuthToLocal.Parse("DEFAULT", "hadoop", "EXAMPLE.COM").ShortNameOf(principal));

    [Theory]
    [InlineData("a@b@c")]
    [InlineData("a/b/c@d")]
    [InlineData("@R")]
    public void Malformed_names_are_refused(string principal)
    {
        NameRuleException refused = Assert.Throws<NameRuleException>(() => AuthToLocal.Parse("DEFAULT", "hadoop", "R").ShortNameOf(principal));
        Assert.Equal($"Malformed Kerberos name: {principal}", refused.Message);
    }

    [Theory]
    [InlineData(@"RULE:[1:$1](.*)s/(.)(.*)/$2-$1/", "alice@R", "lice-a")]
    [InlineData(@"RULE:[1:$1](.*)s/l/\$/g", "all@R", "a$$")]
    [InlineData("RULE:[1:$1$0](.*)s/R$//L", "Alice@R", "alice")]
    public void Replacements_are_read_as_Java_reads_them(string rule, string principal, string expected) => Assert.Equal(expected, AuthToLocal.Parse(rule, "hadoop", "X").ShortNameOf(principal));

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        AuthToLocal names = AuthToLocal.Parse("RULE:[1:$1](.*)s/^(a+)+$//", "hadoop", "R");
        Assert.Throws<NameRuleException>(() => names.ShortNameOf(new string('a', 60) + "!@R"));
    }
}
