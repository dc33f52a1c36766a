using System.Globalization;
using System.Text;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Acl;

/// <summary>The snapshot, the explainer and a naive reading of the XML agree on random files, callers and questions.</summary>
public sealed class AgreementTests
{
    // Reproducible: the number of triples decides how far the sequence goes. KMSPS_ACL_TRIPLES=1000000 asks for the long run.
    private static readonly int Triples = int.Parse(Environment.GetEnvironmentVariable("KMSPS_ACL_TRIPLES") ?? "60000", CultureInfo.InvariantCulture);

    private static readonly string[] Users = ["alice", "bob", "carol", "dave", "eve"];
    private static readonly string[] Groups = ["eng", "ops", "hr", "alice"];
    private static readonly string[] Keys = ["k1", "a.b", "a/b", "new key", "free"];
    private static readonly AclOperation[] Operations = Enum.GetValues<AclOperation>();
    private static readonly KeyAclType[] Types = [.. Enum.GetValues<KeyAclType>().Where(static each => each != KeyAclType.All)];

    private ulong _state = 0x9E3779B97F4A7C15;

    [Fact]
    public void Snapshot_explainer_and_naive_reading_agree_and_the_suggested_change_turns_the_answer()
    {
        const int QuestionsAFile = 200;
        int asked = 0;
        int allowed = 0;
        while (asked < Triples)
        {
            string xml = File();
            AclFile file = AclParser.Parse(Encoding.UTF8.GetBytes(xml), "kms-acls.xml");
            NaiveAcl naive = new(xml);
            for (int i = 0; i < QuestionsAFile; i++, asked++)
            {
                string user = Pick(Users);
                string[] groups = [.. Groups.Where(_ => Next(2) == 0)];
                Caller caller = new(user, user, AuthenticationMethod.Simple, NameSet.Of(groups));
                bool isKey = Next(3) > 0;
                string key = Pick(Keys);
                AccessRequest request = isKey ? new(caller, default, default, key, Pick(Types), key) : new(caller, Pick(Operations), default);
                bool expected = isKey ? naive.Key(request.KeyAcl!.Value, key, user, groups) : naive.Operation(request.Operation, user, groups);
                AccessDecision decision = file.Snapshot.Decide(request);
                Assert.True(expected == decision.IsAllowed, $"{request}: the naive reading says {expected} of\n{xml}");
                allowed += expected ? 1 : 0;
                if (i % 8 == 0)
                {
                    AccessExplanation explained = AclExplainer.Explain(file.Snapshot, request);
                    Assert.Equal(decision, explained.Decision);
                    Assert.NotEmpty(explained.Change);
                    AccessDecision turned = Apply(file.Snapshot, explained.Change).Decide(request);
                    Assert.True(turned.IsAllowed != decision.IsAllowed, $"{request}: {string.Join("; ", explained.Change)} does not turn {decision.Reason} of\n{xml}");
                }
            }
        }

        Assert.InRange(allowed, asked / 10, asked * 9 / 10);
    }

    // Applies edits to rules, not to text: what AclFileEditor does to a file.
    private static AclSnapshot Apply(AclSnapshot acl, IReadOnlyList<AclEdit> edits)
    {
        StringBuilder xml = new("<configuration>");
        Dictionary<string, string> values = acl.Operations.Values.Concat(acl.Blacklists.Values).Concat(acl.Defaults.Values).Concat(acl.Whitelist.Values)
            .Concat(acl.Keys.Values.SelectMany(static each => each.Values)).Concat(acl.ExtensionKeys.Values.SelectMany(static each => each.Values))
            .ToDictionary(static rule => rule.Property, static rule => rule.Value);
        foreach (AclEdit edit in edits)
        {
            AccessList list = AccessList.Parse(values.GetValueOrDefault(edit.Property, ""));
            HashSet<string> users = [.. list.Users];
            HashSet<string> groups = [.. list.Groups];
            _ = (edit.Adds, edit.IsGroup, edit.Name) switch
            {
                (_, _, "*") => false,
                (true, true, _) => groups.Add(edit.Name),
                (true, false, _) => users.Add(edit.Name),
                (false, true, _) => groups.Remove(edit.Name),
                _ => users.Remove(edit.Name),
            };
            values[edit.Property] = $"{string.Join(',', users)} {string.Join(',', groups)}";
        }

        foreach ((string name, string value) in values)
        {
            xml.Append("<property><name>").Append(name).Append("</name><value>").Append(value).Append("</value></property>");
        }

        return AclParser.Parse(Encoding.UTF8.GetBytes(xml.Append("</configuration>").ToString()), "changed.xml").Snapshot;
    }

    private string File()
    {
        StringBuilder xml = new("<configuration>\n");
        for (int i = Next(24); i >= 0; i--)
        {
            xml.Append("<property><name>").Append(Property()).Append("</name><value>").Append(Value()).Append("</value>").Append(Next(12) == 0 ? "<final>true</final>" : "").Append("</property>\n");
        }

        return xml.Append("</configuration>").ToString();
    }

    private string Property()
    {
        string operation = AclNames.Of(Pick(Operations));
        string type = AclNames.Of((KeyAclType)Next(8));
        return Next(8) switch
        {
            0 => "hadoop.kms.acl." + operation,
            1 => "hadoop.kms.blacklist." + operation,
            2 => "keytrustee.kms.acl." + operation,
            3 => "default.key.acl." + type,
            4 => "whitelist.key.acl." + type,
            5 => $"key.acl.{Pick(Keys)}.{type.ToLowerInvariant()}",
            _ => $"key.acl.{Pick(Keys)}.{type}",
        };
    }

    private string Value() => Next(9) switch
    {
        0 => "*",
        1 => " ",
        2 => "",
        3 => $"{Names(Users)}, {Pick(Users)}",
        4 => $"{Names(Users)}\t{Pick(Groups)}",
        5 => $" {Names(Groups)} ",
        6 => $"{Names(Users)}  *",
        7 => $",{Pick(Users)},,\n {Names(Groups)}",
        _ => $"{Names(Users)} {Names(Groups)}",
    };

    private string Names(string[] from) => string.Join(',', from.Where(_ => Next(3) == 0));

    private T Pick<T>(T[] from) => from[Next(from.Length)];

    // SplitMix64: a fixed sequence, so that a failure can be met again.
    private int Next(int bound)
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)bound);
    }
}
