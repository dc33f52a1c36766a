using System.Diagnostics;
using System.Globalization;
using System.Text;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Acl;

/// <summary>Ten thousand key lists and a caller in forty groups: no allocation to decide, and a reload that nobody notices.</summary>
public sealed class AclSpeedTests
{
    private static readonly byte[] Large = File(10_000);

    [Fact]
    public void A_decision_allocates_nothing()
    {
        AclSnapshot acl = AclParser.Parse(Large, "kms-acls.xml").Snapshot;
        Caller caller = new("alice", "alice", AuthenticationMethod.Kerberos, NameSet.Of(Enumerable.Range(0, 40).Select(static i => $"group{i}")));
        AccessRequest key = new(caller, default, default, "key5000", KeyAclType.DecryptEek, "key5000");
        AccessRequest operation = new(caller, AclOperation.DecryptEek, default, "key5000");
        Assert.True(acl.Decide(key).IsAllowed);
        long least = long.MaxValue;
        int allowed = 0;

        // The runtime itself allocates while it compiles the methods again; the decision must do without in a round that it leaves alone.
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                allowed += acl.Decide(operation).IsAllowed ? 1 : 0;
                allowed += acl.Decide(key).IsAllowed ? 1 : 0;
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(10_000, allowed);
    }

    [Fact]
    public void A_reload_of_ten_thousand_key_lists_takes_far_less_than_a_second()
    {
        AclFile warm = AclParser.Parse(Large, "kms-acls.xml");
        Assert.Equal(10_000, warm.Snapshot.Keys.Count);
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            AclFile file = AclParser.Parse(Large, "kms-acls.xml");
            best = TimeSpan.FromTicks(Math.Min(best.Ticks, watch.Elapsed.Ticks));
            Assert.Equal(warm.Snapshot.Keys.Count, file.Snapshot.Keys.Count);
        }

        // The target is 200 ms, measured by the benchmarks; the margin is for a machine that runs everything else at the same time.
        Assert.True(best < TimeSpan.FromSeconds(1), $"{best.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)} ms");
        TestContext.Current.TestOutputHelper?.WriteLine($"reload: {best.TotalMilliseconds:F1} ms");
    }

    private static byte[] File(int keys)
    {
        StringBuilder xml = new("<configuration>\n<property><name>hadoop.kms.acl.DECRYPT_EEK</name><value>carol group39,other</value></property>\n");
        for (int i = 0; i < keys; i++)
        {
            xml.Append("<property><name>key.acl.key").Append(i).Append(".DECRYPT_EEK</name><value>svc").Append(i).Append(",admin reader").Append(i).Append(",group7</value></property>\n");
        }

        return Encoding.UTF8.GetBytes(xml.Append("</configuration>").ToString());
    }
}
