using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Tests.Certificates;

public sealed class ClientCertificateRulesTests : IDisposable
{
    private const string CommonName = "2.5.4.3";
    private const string Unit = "2.5.4.11";

    private readonly Authority _authority = new("issuer");

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("cn (.+) => $1", "Alice")]
    [InlineData("cn (.+) => $1 /L", "alice")]
    [InlineData("subject CN=([^,]+),OU=Data,O=Example => $1@EXAMPLE.COM", "Alice@EXAMPLE.COM")]
    [InlineData(@"dns ([a-z0-9]+)\.etl\.example\.com => etl-$1", "etl-node7")]
    [InlineData(@"email ([^@]+)@example\.com => $1", "al")]
    [InlineData(@"spiffe spiffe://example\.org/ns/([a-z]+)/sa/(?<sa>[a-z-]+) => ${sa}", "nightly-etl")]
    [InlineData(@"uri spiffe://.* => workload", "workload")]
    [InlineData("dns other => x\n# a remark\n\n cn Bob => bob \n cn A.* => second", "second")]
    [InlineData("cn lice => part", null)]
    [InlineData("cn (.+) => $1&x", null)]
    public void The_first_rule_that_fits_the_whole_makes_the_user(string rules, string? user)
    {
        using X509Certificate2 certificate = _authority.Issue("CN=Alice, OU=Data, O=Example", static names =>
        {
            names.AddDnsName("node7.etl.example.com");
            names.AddDnsName("other.example.com");
            names.AddEmailAddress("al@example.com");
            names.AddUri(new Uri("spiffe://example.org/ns/prod/sa/nightly-etl"));
        });
        Assert.Equal(user, Read(rules)!.UserOf(certificate));
    }

    [Fact]
    public void A_value_with_commas_in_it_never_looks_like_several_parts()
    {
        ClientCertificateRules rules = Read("subject CN=([^,]+),OU=Admins => $1\nsubject (.+) => $1")!;
        using X509Certificate2 forged = _authority.Issue(Authority.Name((CommonName, "mallory,OU=Admins")));
        Assert.Equal(@"CN=mallory\2COU\3DAdmins", rules.UserOf(forged));
        using X509Certificate2 real = _authority.Issue(Authority.Name((Unit, "Admins"), (CommonName, "root")));
        Assert.Equal("root", rules.UserOf(real));
        using X509Certificate2 odd = _authority.Issue(Authority.Name(("1.2.840.113549.1.9.1", "a@b"), (CommonName, " #é\n")));
        Assert.Equal(@"CN=\20#é\0A,1.2.840.113549.1.9.1=#0c03614062", rules.UserOf(odd));
    }

    [Theory]
    [InlineData("spiffe://example.org/a", "spiffe://example.org/b")]
    [InlineData("spiffe://example.org:80/a")]
    [InlineData("spiffe://user@example.org/a")]
    [InlineData("spiffe://example.org/a//b")]
    [InlineData("spiffe://example.org/a/../b")]
    [InlineData("spiffe://example.org/a?b")]
    [InlineData("https://example.org/a")]
    public void What_is_no_SVID_has_no_SPIFFE_ID(params string[] uris)
    {
        using X509Certificate2 certificate = _authority.Issue(Authority.Name((CommonName, "x")), Add);
        Assert.Null(Read("spiffe .* => anybody")!.UserOf(certificate));

        void Add(SubjectAlternativeNameBuilder names)
        {
            foreach (string uri in uris)
            {
                names.AddUri(new Uri(uri, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            }
        }
    }

    [Theory]
    [InlineData("cn (.+)", "is not of the form")]
    [InlineData("cn (.+) => ", "names no user")]
    [InlineData("name (.+) => $1", "none of subject, cn")]
    [InlineData("cn (.+ => $1", "cannot be used")]
    [InlineData("cn (a)\\1 => $1", "cannot be used")]
    [InlineData("cn (.+) => $2", "a group that its pattern does not have")]
    [InlineData("cn (.+) => $&", "a group that its pattern does not have")]
    [InlineData("cn a => b\ncn => c", "Rule 2")]
    public void A_rule_that_cannot_be_used_is_refused_with_its_file_and_line(string rules, string problem)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => Read(rules));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Equal(("kms-site.xml", 7), (refused.File, refused.Line));
    }

    [Fact]
    public void No_rules_are_none() => Assert.Null(ClientCertificateRules.Read(HadoopConfiguration.Empty));

    [Fact]
    public void Revocation_lists_name_the_revoked_and_an_issuer_without_one_in_force_vouches_for_nobody()
    {
        using Authority other = new("other");
        using X509Certificate2 good = _authority.Issue("CN=good");
        using X509Certificate2 bad = _authority.Issue("CN=bad");
        string path = Path.GetTempFileName();
        Assert.Null(Objection(_authority.Revoke([bad]), good));
        Assert.Equal("it was revoked", Objection(_authority.Revoke([bad]), bad));
        Assert.Equal("it was revoked", Objection(other.Revoke([]) + "\n" + _authority.Revoke([bad], -3, -2) + "\n" + _authority.Revoke([]), bad));
        Assert.Contains("no revocation list", Objection(other.Revoke([]), good), StringComparison.Ordinal);
        Assert.Contains("has ended", Objection(_authority.Revoke([], -3, -2), good), StringComparison.Ordinal);

        // A list under the same name that somebody else has signed.
        using Authority forger = new("issuer");
        Assert.Contains("no revocation list", Objection(forger.Revoke([]), good), StringComparison.Ordinal);
        ConfigurationException broken = Assert.Throws<ConfigurationException>(() => Objection("-----BEGIN X509 CRL-----\nMAAA\n-----END X509 CRL-----", good));
        Assert.Contains("kmsps.tls.client.crl", broken.Remedy, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => Objection(_authority.Certificate.ExportCertificatePem(), good));
        File.Delete(path);

        string? Objection(string lists, X509Certificate2 certificate)
        {
            File.WriteAllText(path, lists);
            return RevocationLists.Read(path).Objection(certificate, _authority.Certificate, DateTimeOffset.UtcNow);
        }
    }

    private static ClientCertificateRules? Read(string rules) =>
        ClientCertificateRules.Read(new HadoopConfiguration([[new HadoopProperty(ClientCertificateRules.Property, rules, false, "kms-site.xml", 7, 3)]], VariableScope.None));
}
