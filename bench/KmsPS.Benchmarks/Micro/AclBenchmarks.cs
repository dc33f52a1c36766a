using System.Collections.Frozen;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Benchmarks.Micro;

/// <summary>B13: a decision under 10,000 key lists for a caller in 40 groups.</summary>
public class AclBenchmarks
{
    private const int Keys = 10_000;
    private const int Groups = 40;
    private AclSnapshot _rules = AclSnapshot.Empty;
    private AccessRequest _granted;
    private AccessRequest _refused;

    [GlobalSetup]
    public void SetUp()
    {
        _rules = new AclSnapshot
        {
            Operations = new Dictionary<AclOperation, AclRule> { [AclOperation.DecryptEek] = Rule("hadoop.kms.acl.DECRYPT_EEK", "*") }.ToFrozenDictionary(),
            Blacklists = new Dictionary<AclOperation, AclRule> { [AclOperation.DecryptEek] = Rule("hadoop.kms.blacklist.DECRYPT_EEK", "hdfs supergroup") }.ToFrozenDictionary(),
            Keys = Enumerable.Range(0, Keys).ToFrozenDictionary(KeyName, static i => new Dictionary<KeyAclType, AclRule>
            {
                [KeyAclType.DecryptEek] = Rule($"key.acl.{KeyName(i)}.DECRYPT_EEK", $"alice,bob team{i % 100},etl"),
            }.ToFrozenDictionary()),
            Defaults = FrozenDictionary<KeyAclType, AclRule>.Empty,
            Whitelist = FrozenDictionary<KeyAclType, AclRule>.Empty,
        };
        NameSet groups = NameSet.Of(Enumerable.Range(0, Groups).Select(static i => $"team{i + 20}"));
        Caller caller = new("carol", "carol@EXAMPLE.COM", AuthenticationMethod.Simple, groups);
        _granted = new AccessRequest(caller, AclOperation.DecryptEek, KmsOperation.DecryptEek, KeyName(5_042), KeyAclType.DecryptEek, KeyName(5_042));
        _refused = _granted with { Key = KeyName(5_099), AclName = KeyName(5_099) };
    }

    [Benchmark(Description = "key decision, granted by a group")]
    public bool Granted() => _rules.Decide(_granted).IsAllowed;

    [Benchmark(Description = "key decision, refused after every list")]
    public bool Refused() => _rules.Decide(_refused).IsAllowed;

    [Benchmark(Description = "explanation of the former")]
    public bool ExplainGranted() => AclExplainer.Explain(_rules, _granted).Decision.IsAllowed;

    [Benchmark(Description = "explanation of a refusal, with the smallest change")]
    public bool ExplainRefused() => AclExplainer.Explain(_rules, _refused).Decision.IsAllowed;

    private static string KeyName(int i) => string.Create(CultureInfo.InvariantCulture, $"zone-{i:00000}");

    private static AclRule Rule(string property, string value) => new(property, value, AccessList.Parse(value), "kms-acls.xml", 1);
}
