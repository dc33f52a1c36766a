using System.Net;
using System.Text.Json;
using System.Web;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Identity;

public sealed class ProxyUserRulesTests
{
    [Fact]
    public async Task Every_recorded_impersonation_is_judged_as_recorded()
    {
        string conf = Vectors.Path("recorded", "auth", "proxy-users", "conf");
        HadoopConfiguration source = HadoopConfiguration.Load(conf, ["core-site.xml", "kms-site.xml"], VariableScope.None);
        ProxyUserRules rules = ProxyUserRules.Read(source);
        Assert.Contains(rules.Warnings, static each => each.Contains("nosuchhost.invalid", StringComparison.Ordinal));
        AuthToLocal names = AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null);
        StaticGroupMapper groups = new(StaticGroupMapper.Read(source), new NoGroupMapper());
        int judged = 0;
        foreach (string line in await File.ReadAllLinesAsync(Vectors.Path("recorded", "auth", "proxy-users", "exchanges.jsonl"), TestContext.Current.CancellationToken))
        {
            using JsonDocument exchange = JsonDocument.Parse(line);
            if (!exchange.RootElement.TryGetProperty("request", out JsonElement request)
                || exchange.RootElement.GetProperty("id").GetString()!.StartsWith("name-", StringComparison.Ordinal)
                || exchange.RootElement.GetProperty("response").GetProperty("status").GetInt32() != 403
                || exchange.RootElement.GetProperty("response").GetProperty("body") is not { ValueKind: JsonValueKind.String } body || body.GetString() is not { Length: > 0 } text)
            {
                continue;
            }

            System.Collections.Specialized.NameValueCollection query = HttpUtility.ParseQueryString(request.GetProperty("target").GetString()!.Split('?', 2)[1]);
            if (query["doAs"] is not { } target || query["user.name"] is not { } real || exchange.RootElement.GetProperty("id").GetString() == "cookie-doas-user")
            {
                continue;
            }

            string message = JsonDocument.Parse(text).RootElement.GetProperty("RemoteException").GetProperty("message").GetString()!;
            Caller proxy = await CallerAsync(real, null);
            Caller caller = await CallerAsync(target, proxy);
            string told = Ask(rules, caller, real) ?? $"User:{caller.ShortName} not allowed to do";
            Assert.StartsWith(told.Split('\n')[0], message, StringComparison.Ordinal);
            judged++;
        }

        Assert.True(judged > 60, $"{judged} exchanges were found");

        async Task<Caller> CallerAsync(string name, Caller? by)
        {
            string shortName = names.ShortNameOf(name);
            return new Caller(shortName, name, AuthenticationMethod.Simple, await groups.GroupsOfAsync(shortName, TestContext.Current.CancellationToken), by);
        }
    }

    [Theory]
    [InlineData("10.0.0.0/99")]
    [InlineData("abc/def")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("1.2.3.4/8/9")]
    public void A_bad_range_names_its_line(string hosts)
    {
        HadoopConfiguration source = new([[new HadoopProperty("hadoop.kms.proxyuser.svc.hosts", hosts, false, "kms-site.xml", 5, 1)]], VariableScope.None);
        Assert.Equal(5, Assert.Throws<ConfigurationException>(() => ProxyUserRules.Read(source)).Line);
    }

    [Theory]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("fd00::/8", "fe80::1", false)]
    [InlineData("10.1.0.0/16", "::ffff:10.1.2.3", true)]
    [InlineData("10.1.2.3", "::ffff:10.1.2.3", true)]
    [InlineData("10.1.2.4/30", "10.1.2.7", true)]
    [InlineData("10.1.2.4/30", "10.1.2.8", false)]
    public void Addresses_of_both_families_are_compared_by_value(string hosts, string address, bool expected)
    {
        HadoopConfiguration source = new(
            [[new HadoopProperty("hadoop.kms.proxyuser.svc.hosts", hosts, false, "f", 1, 1), new HadoopProperty("hadoop.kms.proxyuser.svc.users", "*", false, "f", 2, 1)]],
            VariableScope.None);
        Caller caller = new("a", "a", AuthenticationMethod.Simple, NameSet.Empty, new Caller("svc", "svc", AuthenticationMethod.Simple, NameSet.Empty));
        Assert.Equal(expected, Ask(ProxyUserRules.Read(source), caller, "svc", address) is null);
    }

    private static string? Ask(ProxyUserRules rules, Caller caller, string proxyName, string address = "127.0.0.1")
    {
        try
        {
            rules.Require(caller, IPAddress.Parse(address), proxyName);
            return null;
        }
        catch (KmsException refused) when (refused.Kind == ErrorKind.AccessDenied)
        {
            return refused.Message;
        }
    }
}
