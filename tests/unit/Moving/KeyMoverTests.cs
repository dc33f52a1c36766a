using System.Collections.Frozen;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
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

/// <summary>Keys copied between stores of every kind, again, half-way, and against what is in the way.</summary>
public sealed class KeyMoverTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly JceksRecordings _keystore = new();
    private readonly RecordingAudit _audit = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable each in _open.AsEnumerable().Reverse())
        {
            await each.DisposeAsync();
        }

        _keystore.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_key_goes_round_through_every_kind_of_store_and_old_EEKs_are_decrypted_at_the_end()
    {
        EmbeddedKms first = await SqliteAsync("first");
        KeyName key = await MakeAsync(first, "zone", rolls: 2);
        using KeyImage original = (await first.ExportKeyAsync(key, Stop))!;
        EmbeddedKms[] stops = [first, Over(await _keystore.OpenAsync("none")), Over(new MemoryKeyProvider()), await SqliteAsync("last")];
        for (int i = 1; i < stops.Length; i++)
        {
            KeyMoveReport report = await new KeyMover(stops[i - 1], stops[i]).MoveAsync(key, Stop);
            Assert.Equal((KeyMoveAction.Create, 3, 3, 3), (report.Action, report.Versions, report.Missing, report.Verified));
        }

        using KeyImage arrived = (await stops[^1].ExportKeyAsync(key, Stop))!;
        Assert.Equal(Text(original), Text(arrived));
        foreach (KeyVersion version in original.Versions)
        {
            EncryptedKeyVersion eek = KmsPS.Engine.Crypto.EekCipher.Generate(version, 1)[0];
            using SecretBytes before = await first.DecryptEekAsync(eek, Stop);
            using SecretBytes after = await stops[^1].DecryptEekAsync(eek, Stop);
            using SecretLease plain = after.Open();
            Assert.True(before.FixedTimeEquals(plain.Span));
        }
    }

    [Fact]
    public async Task A_side_that_is_away_is_waited_for_half_a_minute_and_not_for_ever()
    {
        EmbeddedKms source = Over(new MemoryKeyProvider());
        KeyName key = await MakeAsync(source, "k", rolls: 1);
        FaultyKeyProvider store = new(new MemoryKeyProvider());
        EmbeddedKms destination = Over(store);
        ManualTime time = new();
        KeyMover mover = new(source, destination, verifies: true, time);

        store.Silence = Task.FromException(FaultyKeyProvider.Failure());
        Task<KeyMoveReport> moving = mover.MoveAsync(key, Stop).AsTask();
        await PassAsync(time, moving, TimeSpan.FromSeconds(10));
        Assert.False(moving.IsCompleted);
        store.Silence = Task.CompletedTask;
        await PassAsync(time, moving, TimeSpan.FromSeconds(10));
        Assert.Equal((KeyMoveAction.Create, 2), ((await moving).Action, (await moving).Verified));

        store.Silence = Task.FromException(FaultyKeyProvider.Failure());
        Task<KeyMoveReport> hopeless = mover.MoveAsync(key, Stop).AsTask();
        await PassAsync(time, hopeless, TimeSpan.FromSeconds(31));
        Assert.True(KeyMover.IsAway(await Assert.ThrowsAsync<KmsException>(() => hopeless)));

        static async Task PassAsync(ManualTime time, Task work, TimeSpan span)
        {
            for (TimeSpan passed = TimeSpan.Zero; passed < span && !work.IsCompleted; passed += TimeSpan.FromSeconds(0.5))
            {
                await Task.Delay(5, Stop);
                time.Advance(TimeSpan.FromSeconds(0.5));
            }

            await Task.WhenAny(work, Task.Delay(50, Stop));
        }
    }

    [Fact]
    public async Task A_second_run_skips_what_is_equal_adds_what_was_rolled_and_changes_nothing_that_differs()
    {
        EmbeddedKms source = await SqliteAsync("source");
        EmbeddedKms destination = await SqliteAsync("destination");
        KeyMover mover = new(source, destination);
        KeyName key = await MakeAsync(source, "k", rolls: 1);
        Assert.Equal(KeyMoveAction.Create, (await mover.PlanAsync(key, Stop)).Action);
        Assert.Null(await destination.GetMetadataAsync(key, Stop));
        await mover.MoveAsync(key, Stop);
        Assert.Equal((KeyMoveAction.Skip, 0, 0), (await mover.MoveAsync(key, Stop)) is { } again ? (again.Action, again.Missing, again.Verified) : default);

        (await source.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose();
        Assert.Equal((KeyMoveAction.Extend, 1), (await mover.PlanAsync(key, Stop)) is { } plan ? (plan.Action, plan.Missing) : default);
        Assert.Equal((KeyMoveAction.Extend, 3, 1, 1), (await mover.MoveAsync(key, Stop)) is { } grown ? (grown.Action, grown.Versions, grown.Missing, grown.Verified) : default);
        Assert.Equal("k@2", (await destination.GetMetadataAsync(key, Stop))?.Current.Value);

        // Rolled at the destination: there is something there now that the source knows nothing of.
        (await destination.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose();
        KeyMoveReport conflict = await mover.PlanAsync(key, Stop);
        Assert.Equal((KeyMoveAction.Conflict, "the destination has 1 newer versions, the first being k@3"), (conflict.Action, conflict.Difference));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await mover.MoveAsync(key, Stop));
        Assert.Equal(ErrorKind.KeyAlreadyExists, refused.Kind);
        Assert.Contains("k@3", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_differs_is_named_and_material_never_is()
    {
        EmbeddedKms source = Over(new MemoryKeyProvider(new ManualTime()));
        KeyName key = KeyName.Parse("k");
        using SecretBytes material = SecretBytes.CopyOf("0123456789abcdef"u8);
        using SecretBytes other = SecretBytes.CopyOf("0123456789abcdeF"u8);
        NewKey made = NewKey.Default(key) with { Material = material, Description = "a", Attributes = new Dictionary<string, string> { ["x"] = "1" }.ToFrozenDictionary() };
        (await source.CreateKeyAsync(made, Stop)).Dispose();
        (NewKey There, string Difference)[] cases =
        [
            (made with { Cipher = new CipherName("AES/CBC/NoPadding") }, "the cipher is 'AES/CTR/NoPadding' at the source and 'AES/CBC/NoPadding' at the destination"),
            (made with { Description = null }, "the description is 'a' at the source and not set at the destination"),
            (made with { Attributes = new Dictionary<string, string> { ["x"] = "2" }.ToFrozenDictionary() }, "the attribute x is '1' at the source and '2' at the destination"),
            (made with { Attributes = new Dictionary<string, string> { ["x"] = "1", [KeyMetadata.AclNameAttribute] = "l" }.ToFrozenDictionary() }, "the attribute key.acl.name is 'k' at the source and 'l' at the destination"),
            (made with { Material = other }, "the material of version k@0 is another one"),
        ];
        foreach ((NewKey there, string difference) in cases)
        {
            EmbeddedKms destination = Over(new MemoryKeyProvider(new ManualTime()));
            (await destination.CreateKeyAsync(there, Stop)).Dispose();
            Assert.Equal(difference, (await new KeyMover(source, destination).PlanAsync(key, Stop)).Difference);
        }
    }

    [Fact]
    public async Task Over_HTTP_material_moves_dates_do_not_and_that_is_said()
    {
        MemoryKeyProvider behind = new();
        RestHost host = Own(await RestHost.StartAsync(behind, isTls: false));
        RemoteKms server = Own(new RemoteKms(ProviderUri.Parse(host.Uri("http")), new RemoteOptions { Credential = new SimpleCredential("alice") }));
        EmbeddedKms source = await SqliteAsync("source");
        KeyName key = await MakeAsync(source, "k", rolls: 2);
        KeyMover there = new(source, server);
        Assert.Contains("takes no dates", Assert.Single(there.Losses), StringComparison.Ordinal);
        Assert.Equal((KeyMoveAction.Create, 3), (await there.MoveAsync(key, Stop)) is { } sent ? (sent.Action, sent.Verified) : default);
        Assert.Equal(KeyMoveAction.Skip, (await there.MoveAsync(key, Stop)).Action);

        EmbeddedKms back = await SqliteAsync("back");
        KeyMover here = new(server, back);
        Assert.Contains("does not tell when versions were made", Assert.Single(here.Losses), StringComparison.Ordinal);
        Assert.Equal((KeyMoveAction.Create, 3), (await here.MoveAsync(key, Stop)) is { } got ? (got.Action, got.Verified) : default);
        Assert.Equal(KeyMoveAction.Skip, (await here.MoveAsync(key, Stop)).Action);
        Assert.Null((await back.GetMetadataAsync(key, Stop))?.CurrentCreated);
    }

    [Fact]
    public async Task A_server_that_would_name_versions_otherwise_is_not_sent_any()
    {
        MemoryKeyProvider behind = new();
        RestHost host = Own(await RestHost.StartAsync(behind, isTls: false));
        RemoteKms server = Own(new RemoteKms(ProviderUri.Parse(host.Uri("http")), new RemoteOptions { Credential = new SimpleCredential("alice") }));
        EmbeddedKms source = await SqliteAsync("source");
        KeyName key = await MakeAsync(source, "k", rolls: 0);
        await source.DeleteKeyAsync(key, Stop);
        (await source.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose();
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await new KeyMover(source, server).MoveAsync(key, Stop));
        Assert.Equal(ErrorKind.Unsupported, refused.Kind);
        Assert.Contains("would name the version k@1 k@0", refused.Message, StringComparison.Ordinal);
        Assert.Null(await server.GetMetadataAsync(key, Stop));
    }

    [Theory]
    [InlineData(AclOperation.SetKeyMaterial, null)]
    [InlineData(AclOperation.Create, null)]
    [InlineData(AclOperation.Get, null)]
    [InlineData(null, KeyAclType.Migrate)]
    public async Task Moving_takes_SET_KEY_MATERIAL_CREATE_GET_and_MIGRATE_and_each_refusal_is_audited(AclOperation? operation, KeyAclType? keyOperation)
    {
        AclRule nobody = new("closed", " ", AccessList.Parse(" "), "test", 1);
        AclSnapshot open = FixedAcl.Open.Current;
        FixedAcl rules = new(new AclSnapshot
        {
            Operations = operation is { } denied ? new Dictionary<AclOperation, AclRule> { [denied] = nobody }.ToFrozenDictionary() : open.Operations,
            Blacklists = open.Blacklists,
            Keys = open.Keys,
            Defaults = keyOperation is { } closed ? open.Defaults.Where(pair => pair.Key != closed).ToFrozenDictionary() : open.Defaults,
            Whitelist = open.Whitelist,
        });
        EmbeddedKms source = Over(new MemoryKeyProvider(), operation == AclOperation.Get ? rules : null);
        EmbeddedKms destination = Over(new MemoryKeyProvider(), rules);
        KeyName key = await MakeAsync(source, "k", rolls: 0);
        await Assert.ThrowsAsync<AccessDeniedException>(async () => await new KeyMover(source, destination).MoveAsync(key, Stop));
        Assert.Null(await destination.GetMetadataAsync(key, Stop));
        Assert.Contains(_audit.Events, entry => entry.Outcome == Engine.Audit.AuditOutcome.Unauthorized && entry.Key == "k");
        Assert.DoesNotContain(_audit.Events, static entry => entry.Operation == "IMPORT_KEY" && entry.Outcome == Engine.Audit.AuditOutcome.Ok);
    }

    [Fact]
    public async Task Both_sides_write_down_what_left_and_what_came()
    {
        EmbeddedKms source = Over(new MemoryKeyProvider());
        KeyName key = await MakeAsync(source, "k", rolls: 1);
        int before = _audit.Events.Count;
        await new KeyMover(source, Over(new MemoryKeyProvider()), verifies: false).MoveAsync(key, Stop);
        Assert.Equal(["EXPORT_KEY k@1 2", "GET_METADATA  ", "IMPORT_KEY k@1 2"], _audit.Events.Skip(before).Select(static entry => $"{entry.Operation} {entry.Version} {entry.Count}"));
    }

    [Fact]
    public async Task A_limited_key_is_copied_with_its_limits_between_stores_that_can_hold_them()
    {
        EmbeddedKms source = await SqliteAsync("source");
        EmbeddedKms destination = await SqliteAsync("destination");
        KeyMover mover = new(source, destination);
        KeyName key = await MakeAsync(source, "k", rolls: 3);
        EncryptedKeyVersion old = (await source.GenerateEekAsync(new GenerateRequest(key), Stop))![0];
        (await source.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose();
        await source.DestroyVersionAsync(new KeyPart(key, KeyVersionName.Parse("k@1")), Stop);
        await source.DisableKeyAsync(new KeyPart(key, old.Version), Stop);
        Assert.Equal(KeyMoveAction.Create, (await mover.PlanAsync(key, Stop)).Action);
        Assert.Equal((KeyMoveAction.Create, 5, 3), (await mover.MoveAsync(key, Stop)) is { } sent ? (sent.Action, sent.Missing, sent.Verified) : default);
        Assert.Equal((await source.GetMetadataAsync(key, Stop))!.Use, (await destination.GetMetadataAsync(key, Stop))!.Use);
        Assert.Equal(KeyMoveAction.Skip, (await mover.MoveAsync(key, Stop)).Action);
        Assert.Equal(ErrorKind.KeyDisabled, (await Assert.ThrowsAsync<KmsException>(async () => await destination.DecryptEekAsync(old, Stop))).Kind);

        // Enabled on both sides, the copy decrypts what was encrypted before the version was disabled.
        await source.EnableKeyAsync(new KeyPart(key, old.Version), Stop);
        Assert.Equal((KeyMoveAction.Conflict, "the key has the destroyed version k@1 at the source, and has the destroyed version k@1, has the disabled version k@3 at the destination"), (await mover.PlanAsync(key, Stop)) is { } other ? (other.Action, other.Difference) : default);
        await destination.EnableKeyAsync(new KeyPart(key, old.Version), Stop);
        using (SecretBytes here = await source.DecryptEekAsync(old, Stop))
        using (SecretBytes there = await destination.DecryptEekAsync(old, Stop))
        using (SecretLease plain = there.Open())
        {
            Assert.True(here.FixedTimeEquals(plain.Span));
        }

        Assert.Equal(KeyMoveAction.Skip, (await mover.MoveAsync(key, Stop)).Action);

        // A new version that is disabled before the next run, and then the whole key.
        (await source.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose();
        await source.DisableKeyAsync(new KeyPart(key, KeyVersionName.Parse("k@5")), Stop);
        Assert.Equal((KeyMoveAction.Extend, 1, 0), (await mover.MoveAsync(key, Stop)) is { } grown ? (grown.Action, grown.Missing, grown.Verified) : default);
        Assert.Equal(ErrorKind.KeyDisabled, (await Assert.ThrowsAsync<KmsException>(async () => (await destination.GenerateEekAsync(new GenerateRequest(key), Stop))?.ToString())).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_is_disabled_or_to_be_deleted_is_so_at_the_destination(bool isPlanned)
    {
        EmbeddedKms source = await SqliteAsync("source");
        EmbeddedKms destination = await SqliteAsync("destination");
        KeyName key = await MakeAsync(source, "k", rolls: 1);
        await (isPlanned ? source.ScheduleDeletionAsync(new DeletionPlan(key, TimeSpan.FromDays(30)), Stop) : source.DisableKeyAsync(new KeyPart(key), Stop));
        Assert.Equal((2, 0), (await new KeyMover(source, destination).MoveAsync(key, Stop)) is { } sent ? (sent.Missing, sent.Verified) : default);
        Assert.True((await source.GetMetadataAsync(key, Stop))!.Use.Equals((await destination.GetMetadataAsync(key, Stop))!.Use));
        Assert.Null((await destination.GetKeyVersionsAsync(key, Stop)).Versions.FirstOrDefault(static version => version.Material is not null));
        KeyMetadata freed = isPlanned ? await destination.CancelDeletionAsync(key, Stop) : await destination.EnableKeyAsync(new KeyPart(key), Stop);
        Assert.Equal(KeyUse.Plain, freed.Use);
        await (isPlanned ? source.CancelDeletionAsync(key, Stop) : source.EnableKeyAsync(new KeyPart(key), Stop));
        Assert.Equal(KeyMoveAction.Skip, (await new KeyMover(source, destination).MoveAsync(key, Stop)).Action);
    }

    [Fact]
    public async Task Where_limits_have_no_room_a_limited_key_is_refused_by_name_and_the_census_tells_it()
    {
        EmbeddedKms source = await SqliteAsync("source");
        KeyName key = await MakeAsync(source, "k", rolls: 1);
        await source.DisableKeyAsync(new KeyPart(key, KeyVersionName.Parse("k@0")), Stop);
        RestHost host = Own(await RestHost.StartAsync(new MemoryKeyProvider(), isTls: false));
        IKms[] roomless = [Over(await _keystore.OpenAsync("none")), Own(new RemoteKms(ProviderUri.Parse(host.Uri("http")), new RemoteOptions { Credential = new SimpleCredential("alice") }))];
        foreach (IKms destination in roomless)
        {
            KeyMover mover = new(source, destination);
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await mover.MoveAsync(key, Stop));
            Assert.Equal((ErrorKind.Unsupported, "k"), (refused.Kind, refused.Subject));
            Assert.Equal($"Key k was not copied: it has the disabled version k@0, and {destination.Provider} has no room for that, so that the copy could be used", refused.Message);
            Assert.Contains("Resume-KmsKey", refused.Remedy, StringComparison.Ordinal);
            Assert.Equal((KeyMoveAction.Refuse, refused.Message), (await mover.PlanAsync(key, Stop)) is { } plan ? (plan.Action, plan.Difference) : default);
            using KeyImage image = (await source.ExportKeyAsync(key, Stop))!;
            Assert.Equal(refused.Message, (await Assert.ThrowsAsync<KmsException>(async () => await destination.ImportKeyAsync(new ImportRequest(image), Stop))).Message);
            Assert.Null(await destination.GetMetadataAsync(key, Stop));
        }
    }

    [Fact]
    public async Task What_a_destination_corrupted_is_not_reported_as_moved()
    {
        EmbeddedKms source = Over(new MemoryKeyProvider());
        KeyName key = await MakeAsync(source, "k", rolls: 0);
        EmbeddedKms destination = Over(new ForgetfulProvider());
        KmsException unproved = await Assert.ThrowsAsync<KmsException>(async () => await new KeyMover(source, destination).MoveAsync(key, Stop));
        Assert.Equal(ErrorKind.CryptoFailed, unproved.Kind);
    }

    private static string Text(KeyImage image)
    {
        KeyMetadata key = image.Metadata;
        string facts = $"{key.Name.Value} {key.Cipher.Value} {key.BitLength} {key.Description} {string.Join(',', key.Attributes.OrderBy(static pair => pair.Key, StringComparer.Ordinal))} {key.Created:O} {key.Versions} {key.Current.Value}";
        return string.Join('\n', [facts, .. image.Versions.Select(static version => $"{version.Name.Value} {version.Created:O} {ProviderHistory.Hex(version)}")]);
    }

    private static async Task<KeyName> MakeAsync(IKms kms, string name, int rolls)
    {
        KeyName key = KeyName.Parse(name);
        (await kms.CreateKeyAsync(NewKey.Default(key) with { Description = "what for", Attributes = new Dictionary<string, string> { ["owner"] = "ä" }.ToFrozenDictionary() }, Stop)).Dispose();
        for (int i = 0; i < rolls; i++)
        {
            (await kms.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose();
        }

        return key;
    }

    private async Task<EmbeddedKms> SqliteAsync(string name) =>
        Over(await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File(name + ".db")}"), ProviderContext.System, Stop));

    private EmbeddedKms Over(IKeyProvider store, FixedAcl? rules = null)
    {
        IKeyProvider cached = Own(CachingKeyProvider.Over(store, TimeProvider.System));
        Caller alice = new("alice", "alice", AuthenticationMethod.Process, NameSet.Empty);
        return new EmbeddedKms(new KmsEngine(cached, rules ?? FixedAcl.Open, _audit, TimeProvider.System, keyAuthorization: rules is not null), new Call(alice, CallOrigin.Embedded("Copy-KmsKey")));
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _open.Add(part);
        return part;
    }

    /// <summary>A store that acknowledges an import and keeps other material.</summary>
    private sealed class ForgetfulProvider : IKeyProvider
    {
        private readonly MemoryKeyProvider _inner = new();

        public ProviderUri Uri => _inner.Uri;

        public async ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken) =>
            (await _inner.CreateAsync(NewKey.Default(image.Metadata.Name), cancellationToken)).Dispose();

        public ValueTask SelfTestAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) => _inner.FindMetadataAsync(key, cancellationToken);

        public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) => _inner.FindOwnerAsync(version, cancellationToken);

        public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => _inner.FindVersionAsync(version, cancellationToken);

        public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) => _inner.FindCurrentAsync(key, cancellationToken);

        public IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, CancellationToken cancellationToken) => _inner.ListVersionsAsync(key, cancellationToken);

        public IAsyncEnumerable<KeyMetadata> ListAsync(CancellationToken cancellationToken) => _inner.ListAsync(cancellationToken);

        public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken) => _inner.CreateAsync(key, cancellationToken);

        public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken) => _inner.RollAsync(key, material, expectedCurrent, cancellationToken);

        public ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken) => _inner.DeleteAsync(key, cancellationToken);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
