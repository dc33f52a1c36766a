using System.Collections.Frozen;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>Every refusal of the start-up gate, its override, and what Hadoop's own files may do all the same.</summary>
public sealed class StartGateTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Core_dumps_that_cannot_be_turned_off_are_refused_unless_allowed()
    {
        Assert.Contains("core dumps", Refusal(Settings(), CoreDumps.Possible), StringComparison.Ordinal);
        Assert.Contains("KMSPS_ALLOW_CORE_DUMPS", Refusal(Settings(), CoreDumps.Possible), StringComparison.Ordinal);
        Assert.Contains("core dumps", Assert.Single(Check(Settings(("KMSPS_ALLOW_CORE_DUMPS", "true")), CoreDumps.Possible)), StringComparison.Ordinal);
        Assert.Empty(Check(Settings(), CoreDumps.Forbidden));
    }

    [Fact]
    public void Simple_sign_in_is_refused_beyond_this_machine_unless_it_was_asked_for()
    {
        ListenUrl[] reachable = [ListenUrl.Parse("https://0.0.0.0:0")];
        Assert.Contains("would believe any name", Refusal(Settings(), CoreDumps.Forbidden, reachable), StringComparison.Ordinal);
        Assert.Single(StartGate.Check(Options(), Settings(("KMSPS_ALLOW_SIMPLE_AUTHENTICATION", "true")), reachable, CoreDumps.Forbidden));
        WriteSite("hadoop.kms.authentication.type", "simple");
        Assert.Contains("believes any name", Assert.Single(StartGate.Check(Options(), Settings(), reachable, CoreDumps.Forbidden)), StringComparison.Ordinal);
        string[] clear = [.. StartGate.Check(Options(), Settings(), [ListenUrl.Parse("http://0.0.0.0:0")], CoreDumps.Forbidden)];
        Assert.Contains(clear, static warning => warning.Contains("not encrypted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hadoop.security.keystore.java-keystore-provider.password-file", "password")]
    [InlineData("hadoop.security.group.mapping.ldap.bind.password.file", "password")]
    [InlineData("hadoop.kms.authentication.signature.secret.file", "secret")]
    public void A_secret_that_others_may_read_is_a_warning_and_one_that_they_may_change_a_refusal(string property, string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        string path = _folder.File(name);
        File.WriteAllText(path, "x");
        WriteSite(property, path, ("hadoop.kms.authentication.signer.secret.provider", "file"));
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Empty(Check(Settings(), CoreDumps.Forbidden));
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains($"may read {path}, which {property} names", Assert.Single(Check(Settings(), CoreDumps.Forbidden)), StringComparison.Ordinal);
        string strict = Refusal(Settings(("KMSPS_REQUIRE_PRIVATE_SECRETS", "true")), CoreDumps.Forbidden);
        Assert.Contains("chmod 600", strict, StringComparison.Ordinal);
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        Assert.Contains("may change", Refusal(Settings(), CoreDumps.Forbidden), StringComparison.Ordinal);
        Assert.Contains("may change", Assert.Single(Check(Settings(("KMSPS_ALLOW_WRITABLE_SECRETS", "true")), CoreDumps.Forbidden)), StringComparison.Ordinal);
    }

    [Fact]
    public void Material_is_open_to_everybody_only_where_a_file_says_so()
    {
        AclSnapshot open = AclSnapshot.Empty;
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => StartGate.CheckRules(open, isFile: false, Settings()));
        Assert.Contains("hadoop.kms.acl.SET_KEY_MATERIAL", refused.Message, StringComparison.Ordinal);
        Assert.Contains("KMSPS_ALLOW_OPEN_ACLS", Failure.Sentence(refused), StringComparison.Ordinal);
        Assert.Contains("hadoop.kms.acl.GET", StartGate.CheckRules(open, isFile: true, Settings()), StringComparison.Ordinal);
        Assert.NotNull(StartGate.CheckRules(open, isFile: false, Settings(("KMSPS_ALLOW_OPEN_ACLS", "true"))));
        Assert.Null(StartGate.CheckRules(BuiltInAcls.For("me"), isFile: false, Settings()));
        AclRule everybody = new("hadoop.kms.acl.DELETE", "*", AccessList.Parse("*"), "kms-acls.xml", 3);
        AclSnapshot built = BuiltInAcls.For("me");
        AclSnapshot one = new()
        {
            Operations = built.Operations.Prepend(new(AclOperation.Delete, everybody)).DistinctBy(static each => each.Key).ToFrozenDictionary(),
            Blacklists = built.Blacklists,
            Keys = built.Keys,
            Defaults = built.Defaults,
            Whitelist = built.Whitelist,
        };
        Assert.Contains(": hadoop.kms.acl.DELETE names", StartGate.CheckRules(one, isFile: true, Settings()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_log_that_cannot_be_written_is_refused_and_may_be_given_up_but_never_both()
    {
        string logs = Path.Combine(_folder.File("data"), "logs");
        Directory.CreateDirectory(Path.Combine(logs, "audit-gate.jsonl"));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(() => StartAsync());
        Assert.Equal(ErrorKind.AuditUnavailable, refused.Kind);
        Assert.Contains("audit-gate.jsonl", Failure.Sentence(refused), StringComparison.Ordinal);
        WriteSite("kmsps.allow.unwritable.audit", "true");
        await StartAsync();
        File.Delete(Path.Combine(logs, "kms-audit-gate.log"));
        Directory.CreateDirectory(Path.Combine(logs, "kms-audit-gate.log"));
        Assert.Equal(ErrorKind.AuditUnavailable, (await Assert.ThrowsAsync<KmsException>(() => StartAsync())).Kind);
    }

    [Fact]
    public async Task What_the_server_makes_is_its_owner_s_alone_and_an_open_data_folder_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        UnixFileMode state = default;
        await StartAsync(() => state = Mode(Path.Combine(_folder.File("run"), "gate.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, state);
        string data = _folder.File("data");
        Assert.All([data, Path.Combine(data, "logs"), Path.Combine(data, "tls"), _folder.File("run")], static each => Assert.Equal(Owner, Mode(each)));
        Assert.DoesNotContain("is open to others", await LogAsync(), StringComparison.Ordinal);
        SetMode(data, Owner | UnixFileMode.OtherRead);
        await StartAsync();
        Assert.Contains($"{data} is open to others (mode 704)", await LogAsync(), StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Check(KmsSettings settings, CoreDumps coreDumps) => StartGate.Check(Options(), settings, [ListenUrl.Parse("https://127.0.0.1:0")], coreDumps);

    private static string Refusal(KmsSettings settings, CoreDumps coreDumps, IReadOnlyList<ListenUrl>? urls = null) =>
        Failure.Sentence(Assert.Throws<ConfigurationException>(() => StartGate.Check(Options(), settings, urls ?? [ListenUrl.Parse("https://127.0.0.1:0")], coreDumps)));

    private static ServerOptions Options() => new("gate", null, "data", "run", [], new HashSet<ServerRole> { ServerRole.Kms }, IsDetached: true);

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private KmsSettings Settings(params (string Name, string Value)[] environment) =>
        KmsSettings.Load(Configuration(), VariableScope.None with { Environment = name => environment.FirstOrDefault(each => each.Name == name).Value });

    private string Configuration() => Directory.CreateDirectory(_folder.File("conf")).FullName;

    private void WriteSite(string name, string value, params (string Name, string Value)[] more) => File.WriteAllText(
        Path.Combine(Configuration(), "kms-site.xml"),
        $"<configuration>{string.Concat(more.Prepend((name, value)).Select(static each => $"<property><name>{each.Item1}</name><value>{each.Item2}</value></property>"))}</configuration>");

    private async Task<string> LogAsync() => await File.ReadAllTextAsync(Path.Combine(_folder.File("data"), "logs", "kms-server-gate.log"), Stop);

    private async Task StartAsync(Action? whileItRuns = null)
    {
        ServerOptions options = Options() with { ConfigDirectory = Configuration(), DataDirectory = _folder.File("data"), StateDirectory = _folder.File("run"), Listen = [ListenUrl.Parse("https://127.0.0.1:0")] };
        await using KmsServer server = new(options, TimeProvider.System);
        Task run = server.RunAsync();
        while (!run.IsCompleted && !File.Exists(Path.Combine(_folder.File("run"), "gate.json")))
        {
            await Task.Delay(20, Stop);
        }

        if (!run.IsCompleted)
        {
            whileItRuns?.Invoke();
        }

        server.Stop();
        await run;
    }
}
