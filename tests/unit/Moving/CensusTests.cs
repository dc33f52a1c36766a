using System.Collections.Frozen;
using System.Text.RegularExpressions;
using KmsPS.Engine;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Moving;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers.Jceks;
using KmsPS.Tests.Providers.Remote;

namespace KmsPS.Tests.Moving;

/// <summary>What a copy will refuse, its census refuses beforehand, in the same words.</summary>
public sealed class CensusTests : IAsyncDisposable
{
    private readonly JceksRecordings _keystore = new();
    private readonly MemoryKeyProvider _from = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable each in _open)
        {
            await each.DisposeAsync();
        }

        _keystore.Dispose();
    }

    [Fact]
    public async Task A_Java_keystore_is_told_of_each_key_that_it_cannot_hold()
    {
        IKeyProvider keystore = Own(await _keystore.OpenAsync("none"));
        (await keystore.CreateAsync(NewKey.Default(KeyName.Parse("taken@0")), Stop)).Dispose();
        KeyMover mover = new(Over(_from), Over(keystore));
        await ImportAsync("zone", "zone@0", "zone@2");
        await ImportAsync("Zone", "Zone@0");
        await ImportAsync("at@sign", "at@sign@0");
        await ImportAsync("taken", "taken@0", "taken@1");
        await ImportAsync("foreign", "foreign@0", "other@1");
        await ImportAsync("backward", "backward@1", "backward@0");
        await ImportAsync("odd", "odd@00");
        await ImportAsync("ciphered", new CipherName(new string('x', 70_000)), "ciphered@0");
        Assert.Equal(KeyMoveAction.Create, (await mover.PlanAsync(KeyName.Parse("zone"), Stop)).Action);
        foreach ((string name, string why) in ((string, string)[])
        [
            ("Zone", "Uppercase key names are unsupported: Zone"),
            ("at@sign", "tells keys from versions by the @ in the name"),
            ("taken", "a version named taken@0 is there already"),
            ("foreign", "would name its version other@1 foreign@1"),
            ("backward", "would name its version backward@0 backward@2"),
            ("odd", "would name its version odd@00 odd@0"),
            ("ciphered", "the name of its cipher is longer than the 65535 bytes"),
        ])
        {
            Assert.Contains(why, await RefusedAlikeAsync(mover, name), StringComparison.Ordinal);
        }

        Assert.Equal(KeyMoveAction.Create, (await mover.MoveAsync(KeyName.Parse("zone"), Stop)).Action);
        Assert.Equal(["zone"], await keystore.ListNamesAsync(Stop).Select(static name => name.Value).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_version_whose_place_is_taken_is_told_of_a_key_that_is_there_too()
    {
        IKeyProvider keystore = Own(await _keystore.OpenAsync("none"));
        KeyMover mover = new(Over(_from), Over(keystore));
        await ImportAsync("grown", "grown@0");
        await mover.MoveAsync(KeyName.Parse("grown"), Stop);
        (await keystore.CreateAsync(NewKey.Default(KeyName.Parse("grown@1")), Stop)).Dispose();
        Assert.Equal(KeyMoveAction.Skip, (await mover.PlanAsync(KeyName.Parse("grown"), Stop)).Action);
        (await _from.RollAsync(KeyName.Parse("grown"), null, null, Stop)).Dispose();
        Assert.Contains("a version named grown@1 is there already", await RefusedAlikeAsync(mover, "grown"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_server_is_told_of_versions_that_it_would_name_otherwise()
    {
        RestHost host = Own(await RestHost.StartAsync(new MemoryKeyProvider(), isTls: false));
        KeyMover mover = new(Over(_from), Own(new RemoteKms(ProviderUri.Parse(host.Uri("http")), new RemoteOptions { Credential = new SimpleCredential("alice") })));
        await ImportAsync("gap", "gap@0", "gap@2");
        await ImportAsync("plain", "plain@0", "plain@1");
        Assert.Contains("would name the version gap@2 gap@1", await RefusedAlikeAsync(mover, "gap"), StringComparison.Ordinal);
        Assert.Equal(KeyMoveAction.Create, (await mover.PlanAsync(KeyName.Parse("plain"), Stop)).Action);
    }

    [Fact]
    public async Task A_name_that_the_administrator_does_not_want_is_told()
    {
        AccessPolicy policy = new(KeyAuthorization: false) { NamePattern = new Regex("^[a-z]+$") };
        KeyMover mover = new(Over(_from), Over(new MemoryKeyProvider(), policy));
        await ImportAsync("k-1", "k-1@0");
        await ImportAsync("k", "k@0");
        Assert.Contains("it does not match kmsps.key.name.pattern", await RefusedAlikeAsync(mover, "k-1"), StringComparison.Ordinal);
        Assert.Equal(KeyMoveAction.Create, (await mover.PlanAsync(KeyName.Parse("k"), Stop)).Action);
    }

    private static async Task<string> RefusedAlikeAsync(KeyMover mover, string name)
    {
        KeyMoveReport planned = await mover.PlanAsync(KeyName.Parse(name), Stop);
        Assert.Equal((KeyMoveAction.Refuse, 0), (planned.Action, planned.Missing));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await mover.MoveAsync(KeyName.Parse(name), Stop));
        Assert.Equal(refused.Message, planned.Difference);
        return refused.Message;
    }

    private Task ImportAsync(string name, params string[] versions) => ImportAsync(name, CipherName.Default, versions);

    private async Task ImportAsync(string name, CipherName cipher, params string[] versions)
    {
        KeyName key = KeyName.Parse(name);
        KeyMetadata described = new(key, cipher, 128, null, FrozenDictionary<string, string>.Empty, DateTimeOffset.UnixEpoch, versions.Length) { Current = KeyVersionName.Parse(versions[^1]) };
        using KeyImage image = new(described, [.. versions.Select(version => new KeyVersion(key, KeyVersionName.Parse(version), SecretBytes.Random(16), DateTimeOffset.UnixEpoch))]);
        await _from.ImportAsync(image, 0, Stop);
    }

    private static EmbeddedKms Over(IKeyProvider store, AccessPolicy? policy = null)
    {
        Caller alice = new("alice", "alice", AuthenticationMethod.Process, NameSet.Empty);
        return new EmbeddedKms(new KmsEngine(store, FixedAcl.Open, new RecordingAudit(), TimeProvider.System, policy ?? new AccessPolicy(KeyAuthorization: false)), new Call(alice, CallOrigin.Embedded("Copy-KmsKey")));
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _open.Add(part);
        return part;
    }
}
