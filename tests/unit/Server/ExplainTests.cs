using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>The explanations of a running server, under the vendor's recommended rules, and what the same server then does.</summary>
public sealed class ExplainTests : IDisposable
{
    private static readonly string[] People = ["keyadmin", "kim", "hdfs", "sam", "user1", "stranger"];
    // Hadoop's wire has no request for them: a key moves through a store that is opened in the process.
    private static readonly KmsOperation[] InProcess = [KmsOperation.ExportKey, KmsOperation.ImportKey, KmsOperation.RekeyStore, KmsOperation.BackupStore, KmsOperation.RestoreStore, KmsOperation.TestBackup, KmsOperation.CheckStore, KmsOperation.RepairStore];

    private static readonly KmsOperation[] Destructive = [KmsOperation.DeleteKey, KmsOperation.RestoreKey, KmsOperation.PurgeKey];

    private readonly TemporaryDirectory _conf = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // What whoever was let in is told of a key that others have changed meanwhile.
    private static readonly string[] Tolerated = ["already exists", "no deletion of it is pending", "is the current one and was not destroyed"];

    public void Dispose() => _conf.Dispose();

    [Fact]
    public async Task Every_cell_of_the_matrix_is_what_the_server_then_does()
    {
        await using RunningServer server = await StartAsync();
        await using RemoteKms boss = Connect(server, "boss");
        await using RemoteKms keyadmin = Connect(server, "keyadmin");
        await using RemoteKms hdfs = Connect(server, "hdfs");
        KeyName[] keys = [KeyName.Parse("mykey"), KeyName.Parse("other")];
        Dictionary<KeyName, EncryptedKeyVersion> eeks = [];
        foreach (KeyName key in keys)
        {
            (await keyadmin.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose();
            eeks[key] = (await hdfs.GenerateEekAsync(new GenerateRequest(key), Stop))![0];
        }

        List<string> differences = [];
        int allowed = 0;
        int asked = 0;
        foreach (KmsOperation operation in Enum.GetValues<KmsOperation>().Except(InProcess).OrderBy(static each => Destructive.Contains(each)))
        {
            foreach (string user in People)
            {
                await using RemoteKms person = Connect(server, user);
                foreach (KeyName key in keys)
                {
                    await PrepareAsync(keyadmin, operation, key);
                    AccessAnswer answer = await boss.ExplainAccessAsync(new AccessInquiry(operation, operation is KmsOperation.GetKeys or KmsOperation.GetRolloverPlan ? null : key, user), Stop);
                    bool done = await IsDoneAsync(person, operation, key, eeks[key]);
                    asked++;
                    allowed += done ? 1 : 0;
                    if (answer.Allowed != done)
                    {
                        differences.Add($"{user} {operation} {key.Value}: explained {answer.Allowed} ({answer.Explanation}), done {done}");
                    }

                    Assert.NotEmpty(answer.Change);
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal(276, asked);
        Assert.InRange(allowed, 30, 140);
    }

    [Fact]
    public async Task An_administrator_is_told_the_rules_with_file_and_line_the_groups_seen_and_what_to_change()
    {
        await using RunningServer server = await StartAsync();
        await using RemoteKms boss = Connect(server, "boss");
        AccessAnswer sam = await boss.ExplainAccessAsync(new AccessInquiry(KmsOperation.DecryptEek, KeyName.Parse("k1"), "sam"), Stop);
        Assert.False(sam.Allowed);
        Assert.Equal(("operation", "Blacklisted", "hadoop.kms.blacklist.DECRYPT_EEK", "enforcing"), (sam.Layer, sam.Reason, sam.Rule, sam.Mode));
        Assert.Equal(["supergroup"], sam.Groups);
        Assert.Matches(@"^kms-acls\.xml:\d+$", sam.Place);
        Assert.Contains("the group supergroup", sam.Explanation, StringComparison.Ordinal);
        Assert.Equal(["remove group supergroup from hadoop.kms.blacklist.DECRYPT_EEK", "add user sam to key.acl.k1.DECRYPT_EEK"], sam.Change);
        Assert.Contains(sam.Considered, static each => each is { Layer: "Blacklist", Matches: true });
        Assert.Contains(sam.Considered, static each => each is { Layer: "Whitelist", Matches: false });

        AccessAnswer supposed = await boss.ExplainAccessAsync(new AccessInquiry(KmsOperation.CreateKey, KeyName.Parse("k1"), "newcomer", ["keyadmingroup", "users"]), Stop);
        Assert.True(supposed.Allowed);
        Assert.Equal(["keyadmingroup", "users"], supposed.Groups);
    }

    [Fact]
    public async Task Everybody_may_ask_about_himself_and_nobody_else_about_others()
    {
        await using RunningServer server = await StartAsync();
        await using RemoteKms alice = Connect(server, "alice");
        AccessAnswer self = await alice.ExplainAccessAsync(new AccessInquiry(KmsOperation.CreateKey, KeyName.Parse("k1")), Stop);
        Assert.Equal((false, "alice", "NotInOperationAcl"), (self.Allowed, self.User, self.Reason));
        Assert.True((await alice.ExplainAccessAsync(new AccessInquiry(KmsOperation.GetKeys, User: "alice"), Stop)).User == "alice");
        foreach (AccessInquiry other in (AccessInquiry[])[new(KmsOperation.CreateKey, User: "keyadmin"), new(KmsOperation.CreateKey, Groups: ["keyadmingroup"]), new(KmsOperation.CreateKey, User: "alice", Groups: ["x"])])
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await alice.ExplainAccessAsync(other, Stop));
            Assert.Equal((ErrorKind.AccessDenied, "User:alice may ask about itself only"), (refused.Kind, refused.Message));
        }
    }

    [Fact]
    public async Task A_caller_refused_by_the_operations_list_does_not_learn_by_which_name_the_lists_know_a_key()
    {
        await using RunningServer server = await StartAsync();
        await using RemoteKms keyadmin = Connect(server, "keyadmin");
        NewKey hidden = NewKey.Default(KeyName.Parse("visible")) with { Attributes = new Dictionary<string, string> { [KeyMetadata.AclNameAttribute] = "mykey" }.ToFrozenDictionary() };
        (await keyadmin.CreateKeyAsync(hidden, Stop)).Dispose();
        await using RemoteKms alice = Connect(server, "alice");
        await using RemoteKms boss = Connect(server, "boss");
        AccessInquiry inquiry = new(KmsOperation.GenerateEek, hidden.Name);
        Assert.Equal("visible", (await alice.ExplainAccessAsync(inquiry, Stop)).AclName);
        Assert.Equal("mykey", (await boss.ExplainAccessAsync(inquiry with { User = "alice" }, Stop)).AclName);
    }

    [Fact]
    public async Task The_route_says_what_is_wrong_with_a_question_and_shows_the_mode_to_administrators_alone()
    {
        await using RunningServer server = await StartAsync(("kmsps.acl.mode", "permissive"));
        using HttpClient client = new(new HttpClientHandler { UseCookies = false }) { BaseAddress = server.Url };
        Assert.Equal((HttpStatusCode.Unauthorized, null), await GetAsync(client, "explain?operation=GET_KEYS", null));
        Assert.Equal((HttpStatusCode.BadRequest, "'FLY' is no operation"), await GetAsync(client, "explain?operation=FLY", "alice"));
        Assert.Equal((HttpStatusCode.BadRequest, "Parameter 'operation' is missing"), await GetAsync(client, "explain", "alice"));
        Assert.Equal((HttpStatusCode.Forbidden, "User:alice is no administrator of this server"), await GetAsync(client, "health", "alice"));
        using HttpResponseMessage created = await client.PostAsync(new Uri("/kms/v1/keys?user.name=stranger", UriKind.Relative), new StringContent("{\"name\":\"k1\"}", System.Text.Encoding.UTF8, "application/json"), Stop);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using JsonDocument health = JsonDocument.Parse(await client.GetStringAsync(new Uri("/kms/v1/admin/health?user.name=boss", UriKind.Relative), Stop));
        Assert.Equal((true, "permissive", 2L), (health.RootElement.GetProperty("ready").GetBoolean(), health.RootElement.GetProperty("aclMode").GetString(), health.RootElement.GetProperty("wouldBeDenied").GetInt64()));
        string log = await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "logs", "kms-server-test.log"), Stop);
        Assert.Contains("PERMISSIVE: kmsps.acl.mode is permissive", log, StringComparison.Ordinal);
        string metrics = await client.GetStringAsync(new Uri("/metrics?user.name=boss", UriKind.Relative), Stop);
        Assert.Contains("kms_acl_permissive 1", metrics, StringComparison.Ordinal);
        Assert.Matches("kms_acl_would_be_denied[^\n]*CreateKey[^\n]* 2", metrics);
    }

    private static async Task<(HttpStatusCode Status, string? Message)> GetAsync(HttpClient client, string path, string? user)
    {
        string query = user is null ? "" : $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}user.name={user}";
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"/kms/v1/admin/{path}{query}", UriKind.Relative), Stop);
        if (answer.Content.Headers.ContentType?.MediaType != "application/json")
        {
            return (answer.StatusCode, null);
        }

        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        return (answer.StatusCode, body.RootElement.GetProperty("RemoteException").GetProperty("message").GetString());
    }

    private static RemoteKms Connect(RunningServer server, string user) =>
        new(ProviderUri.Parse($"kms://http@127.0.0.1:{server.Url.Port}/kms"), new RemoteOptions { Credential = new SimpleCredential(user), MaxRetries = 0 });

    // What deletes must find the key, and what works on deleted keys must find it deleted.
    private static async Task PrepareAsync(RemoteKms keyadmin, KmsOperation operation, KeyName key)
    {
        if (!Destructive.Contains(operation))
        {
            return;
        }

        // Keyadmin may not read what there is, but may make what there is not.
        await IsDoneAsync(keyadmin, KmsOperation.CreateKey, key, null);

        if (operation != KmsOperation.DeleteKey)
        {
            await keyadmin.DeleteKeyAsync(key, Stop);
        }
    }

    private static async Task<bool> IsDoneAsync(RemoteKms kms, KmsOperation operation, KeyName key, EncryptedKeyVersion? eek)
    {
        try
        {
            await DoAsync(kms, operation, key, eek);
            return true;
        }
        catch (KmsException failure)
        {
            bool isRefused = failure.Kind == ErrorKind.AccessDenied || failure.Message.Contains("is not authorized to", StringComparison.Ordinal);
            Assert.True(isRefused || Tolerated.Any(text => failure.Message.Contains(text, StringComparison.Ordinal)), $"{operation} on {key.Value}: {failure.Message}");
            return !isRefused;
        }
    }

    private static async Task DoAsync(RemoteKms kms, KmsOperation operation, KeyName key, EncryptedKeyVersion? eek)
    {
        switch (operation)
        {
            case KmsOperation.CreateKey: (await kms.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose(); break;
            case KmsOperation.RollNewVersion: (await kms.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose(); break;
            case KmsOperation.InvalidateCache: await kms.InvalidateCacheAsync(key, Stop); break;
            case KmsOperation.DeleteKey: await kms.DeleteKeyAsync(key, Stop); break;
            case KmsOperation.RestoreKey: await kms.RestoreKeyAsync(key, Stop); break;
            case KmsOperation.PurgeKey: await kms.PurgeKeyAsync(key, Stop); break;
            case KmsOperation.GetKeys: await kms.GetKeysAsync(KeyListing.InUse, Stop); break;
            case KmsOperation.GetKeysMetadata: await kms.GetKeysMetadataAsync([key], Stop); break;
            case KmsOperation.GetMetadata: await kms.GetMetadataAsync(key, Stop); break;
            case KmsOperation.GetKeyVersion: (await kms.GetKeyVersionAsync(KeyVersionName.Of(key, 0), Stop))?.Dispose(); break;
            case KmsOperation.GetKeyVersions: (await kms.GetKeyVersionsAsync(key, Stop)).Dispose(); break;
            case KmsOperation.GetCurrentKey: (await kms.GetCurrentKeyAsync(key, Stop))?.Dispose(); break;
            case KmsOperation.GenerateEek: await kms.GenerateEekAsync(new GenerateRequest(key), Stop); break;
            case KmsOperation.DecryptEek: (await kms.DecryptEekAsync(eek!, Stop)).Dispose(); break;
            case KmsOperation.ReencryptEek: await kms.ReencryptEekAsync(eek!, Stop); break;
            case KmsOperation.ReencryptEekBatch: await kms.ReencryptEekBatchAsync(new ReencryptBatchRequest(key, [eek!]), Stop); break;
            case KmsOperation.DisableKey: await kms.DisableKeyAsync(new KeyPart(key), Stop); await kms.EnableKeyAsync(new KeyPart(key), Stop); break;
            case KmsOperation.EnableKey: await kms.EnableKeyAsync(new KeyPart(key), Stop); break;
            case KmsOperation.ScheduleDeletion: await kms.ScheduleDeletionAsync(new DeletionPlan(key), Stop); await kms.CancelDeletionAsync(key, Stop); break;
            case KmsOperation.CancelDeletion: await kms.CancelDeletionAsync(key, Stop); break;
            case KmsOperation.DestroyVersion: await kms.DestroyVersionAsync(new KeyPart(key, KeyVersionName.Of(key, 0)), Stop); break;
            case KmsOperation.GetLifecycle: await kms.GetLifecycleAsync(key, Stop); break;
            case KmsOperation.GetRolloverPlan: await kms.GetRolloverPlanAsync(new PlanQuery(), Stop); break;
            default: Assert.Fail($"{operation} is not asked"); break;
        }
    }

    private async Task<RunningServer> StartAsync(params (string Name, string Value)[] more)
    {
        foreach (string file in Directory.GetFiles(Vectors.Path("recorded", "http", "vendor-recommended", "conf")))
        {
            string text = await File.ReadAllTextAsync(file, Stop);
            if (Path.GetFileName(file) == "kms-site.xml")
            {
                string added = string.Concat(more.Append(("hadoop.kms.http.administrators", "boss")).Select(static each => $"<property><name>{each.Item1}</name><value>{each.Item2}</value></property>"));
                text = text.Replace("</configuration>", $"{added}</configuration>", StringComparison.Ordinal);
            }

            await File.WriteAllTextAsync(Path.Combine(_conf.Path, Path.GetFileName(file)), text, Stop);
        }

        return await RunningServer.StartAsync(_conf.Path, "http", Stop);
    }
}
