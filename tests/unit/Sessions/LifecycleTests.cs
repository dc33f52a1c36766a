using KmsPS.Engine;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Sessions;
using KmsPS.Engine.Wire;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Server;

namespace KmsPS.Tests.Sessions;

/// <summary>What may be done with a key, asked of an engine in this process and of a server: the same answers, the same refusals.</summary>
public sealed class LifecycleTests : IDisposable
{
    private static readonly KeyName K = KeyName.Parse("k ä/1");
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_embedded_engine_does_all_of_it_and_writes_each_down_once()
    {
        RecordingAudit audit = new();
        MemoryKeyProvider store = new();
        KmsEngine engine = new(CachingKeyProvider.Over(store, TimeProvider.System), FixedAcl.Open, audit, TimeProvider.System, keyAuthorization: true);
        await using EmbeddedKms kms = new(engine, new Call(new Caller("alice", "alice", AuthenticationMethod.Process, NameSet.Empty), CallOrigin.Embedded("test")));
        await GoThroughAsync(kms);
        string[] written = [.. audit.Events.Where(static entry => entry is { Outcome: AuditOutcome.Ok, Operation: "DISABLE_KEY" or "ENABLE_KEY" or "SCHEDULE_DELETION" or "CANCEL_DELETION" or "DESTROY_VERSION" }).Select(static entry => $"{entry.Operation} {entry.Version ?? "-"}")];
        Assert.Equal(
            [
                "DISABLE_KEY -", "ENABLE_KEY -", "DISABLE_KEY k ä/1@0", "ENABLE_KEY k ä/1@0",
                "SCHEDULE_DELETION -", "CANCEL_DELETION -", "DESTROY_VERSION k ä/1@0",
            ],
            written);
        Assert.Contains(audit.Events, static entry => entry is { Outcome: AuditOutcome.Error, Operation: "DECRYPT_EEK", Message: "Key k ä/1 is disabled" });
    }

    [Fact]
    public async Task A_server_does_all_of_it_too()
    {
        await File.WriteAllTextAsync(_directory.File("kms-site.xml"), "<configuration/>", Stop);
        await using RunningServer server = await RunningServer.StartAsync(_directory.Path, "http", Stop);
        await using RemoteKms kms = new(ProviderUri.Parse($"kms://http@127.0.0.1:{server.Url.Port}/kms"), new RemoteOptions { Credential = new SimpleCredential(Environment.UserName), MaxRetries = 0 });
        await GoThroughAsync(kms);

        // Over Hadoop's own paths the limits of a key are told where there are any, and refuse as stock clients understand.
        await kms.DisableKeyAsync(new KeyPart(K), Stop);
        Assert.True((await (await kms.GetKeysAsync(KeyListing.InUse, Stop)).ToListAsync(Stop)).Single().Use.IsDisabled);
        using HttpClient http = new();
        using HttpResponseMessage refused = await http.GetAsync(new Uri(server.Url, $"/kms/v1/key/{Uri.EscapeDataString(K.Value)}/_eek?eek_op=generate&num_keys=1&user.name={Environment.UserName}"), Stop);
        string body = await refused.Content.ReadAsStringAsync(Stop);
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Contains("org.apache.hadoop.security.authorize.AuthorizationException", body, StringComparison.Ordinal);
        Assert.Contains("Key k ä/1 is disabled", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("op=destroy", "Parameter 'version' is missing")]
    [InlineData("op=roll", "Parameter 'expected' is missing")]
    [InlineData("op=nonsense", "Parameter 'op' must be one of disable, enable, schedule, cancel, destroy and roll")]
    [InlineData("op=schedule&after=soon", "Parameter 'after' must be a number of seconds")]
    public async Task A_bad_request_is_refused_with_the_parameter_that_is_wrong(string query, string message)
    {
        await File.WriteAllTextAsync(_directory.File("kms-site.xml"), "<configuration/>", Stop);
        await using RunningServer server = await RunningServer.StartAsync(_directory.Path, "http", Stop);
        using HttpClient http = new();
        using StringContent nothing = new("{}", System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(new Uri(server.Url, $"/kms/v1/lifecycle/key/k?{query}&user.name={Environment.UserName}"), nothing, Stop);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(message, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_told_of_a_key_is_read_back_as_it_was()
    {
        KeyMetadata key = new(K, CipherName.Default, 128, null, System.Collections.Frozen.FrozenDictionary<string, string>.Empty, DateTimeOffset.FromUnixTimeMilliseconds(5), 2)
        {
            CurrentCreated = DateTimeOffset.FromUnixTimeMilliseconds(6),
            Use = KeyUse.Plain.After(new LifecycleChange(LifecycleAction.DestroyVersion, K, KeyVersionName.Of(K, 0)), KeyVersionName.Of(K, 1)) with { IsDisabled = true, DeletionDue = DateTimeOffset.FromUnixTimeMilliseconds(7) },
        };
        KeyLifecycle told = new(key, [new VersionFacts(KeyVersionName.Of(K, 0), key.Created, VersionUse.VersionDestroyed, false, DateTimeOffset.FromUnixTimeMilliseconds(8)), new VersionFacts(key.Current, key.Created, VersionUse.DeletionPending, true, null)]);
        KeyLifecycle read = LifecycleJson.Read(LifecycleJson.Write(told))!;
        Assert.Equal(told.Versions, read.Versions);
        Assert.Equal((key.Use, key.Current, key.CurrentCreated), (read.Key.Use, read.Key.Current, read.Key.CurrentCreated));
        Assert.Null(LifecycleJson.Read(LifecycleJson.Write((KeyLifecycle?)null)));
        foreach (string broken in new[] { "[]", "{\"key\":{}}", "{\"key\":{\"name\":\"k\",\"cipher\":null}}", "nonsense" })
        {
            Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<KmsException>(() => LifecycleJson.Read(System.Text.Encoding.UTF8.GetBytes(broken))).Kind);
        }
    }

    private static async Task<ErrorKind> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<KmsException>(act)).Kind;

    private static async Task GoThroughAsync(IKms kms)
    {
        (await kms.CreateKeyAsync(NewKey.Default(K), Stop)).Dispose();
        EncryptedKeyVersion eek = (await kms.GenerateEekAsync(new GenerateRequest(K), Stop))![0];
        KeyVersionName first = KeyVersionName.Of(K, 0);

        Assert.Equal(VersionUse.KeyDisabled, (await kms.DisableKeyAsync(new KeyPart(K), Stop)).Use.OfKey);
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => (await kms.DecryptEekAsync(eek, Stop)).Dispose()));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => await kms.GenerateEekAsync(new GenerateRequest(K), Stop)));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => await kms.ReencryptEekAsync(eek, Stop)));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => await kms.ReencryptEekBatchAsync(new ReencryptBatchRequest(K, [eek]), Stop)));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => (await kms.GetCurrentKeyAsync(K, Stop))?.Dispose()));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => (await kms.GetKeyVersionAsync(first, Stop))?.Dispose()));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => (await kms.RollNewVersionAsync(new RollRequest(K), Stop)).Dispose()));
        using (KeyVersionList hidden = await kms.GetKeyVersionsAsync(K, Stop))
        {
            Assert.Null(Assert.Single(hidden.Versions).Material);
        }

        Assert.True((await kms.GetMetadataAsync(K, Stop))?.Use.IsDisabled);
        Assert.Equal(KeyUse.Plain, (await kms.EnableKeyAsync(new KeyPart(K), Stop)).Use);
        (await kms.DecryptEekAsync(eek, Stop)).Dispose();

        (await kms.RollNewVersionAsync(new RollRequest(K, ExpectedCurrent: first), Stop)).Dispose();
        Assert.Equal(ErrorKind.Conflict, await RefusedAsync(async () => (await kms.RollNewVersionAsync(new RollRequest(K, ExpectedCurrent: first), Stop)).Dispose()));
        await kms.DisableKeyAsync(new KeyPart(K, first), Stop);
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => (await kms.DecryptEekAsync(eek, Stop)).Dispose()));
        await kms.EnableKeyAsync(new KeyPart(K, first), Stop);
        (await kms.DecryptEekAsync(eek, Stop)).Dispose();

        Assert.Equal(ErrorKind.InvalidRequest, await RefusedAsync(async () => await kms.ScheduleDeletionAsync(new DeletionPlan(K, TimeSpan.FromDays(1)), Stop)));
        DateTimeOffset due = (await kms.ScheduleDeletionAsync(new DeletionPlan(K, TimeSpan.FromDays(30)), Stop)).Use.DeletionDue ?? default;
        Assert.InRange(due - DateTimeOffset.UtcNow, TimeSpan.FromDays(29), TimeSpan.FromDays(31));
        Assert.Equal(ErrorKind.KeyDisabled, await RefusedAsync(async () => (await kms.DecryptEekAsync(eek, Stop)).Dispose()));
        await kms.CancelDeletionAsync(K, Stop);
        Assert.Equal(ErrorKind.Conflict, await RefusedAsync(async () => await kms.CancelDeletionAsync(K, Stop)));

        KeyLifecycle? known = await kms.GetLifecycleAsync(K, Stop);
        Assert.Equal([false, true], known?.Versions.Select(static version => version.IsCurrent));
        Assert.NotNull(known?.Versions[0].LastUsed);
        Assert.Equal(ErrorKind.InvalidRequest, await RefusedAsync(async () => await kms.DestroyVersionAsync(new KeyPart(K, KeyVersionName.Of(K, 1)), Stop)));
        await kms.DestroyVersionAsync(new KeyPart(K, first), Stop);
        Assert.Equal(ErrorKind.KeyVersionDestroyed, await RefusedAsync(async () => (await kms.DecryptEekAsync(eek, Stop)).Dispose()));
        Assert.Equal(ErrorKind.KeyNotFound, await RefusedAsync(async () => await kms.DisableKeyAsync(new KeyPart(KeyName.Parse("none")), Stop)));
        Assert.Null(await kms.GetLifecycleAsync(KeyName.Parse("none"), Stop));
    }
}
