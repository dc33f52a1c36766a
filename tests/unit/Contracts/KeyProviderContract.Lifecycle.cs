using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Contracts;

/// <summary>What every store promises that has room for what may be done with a key.</summary>
public abstract partial class KeyProviderContract
{
    private IKeyLifecycle Lifecycle
    {
        get
        {
            Assert.SkipUnless(Store is IKeyLifecycle, "The store has no room for what may be done with a key.");
            return (IKeyLifecycle)Store;
        }
    }

    private ValueTask<KeyMetadata> ChangeAsync(LifecycleAction action, string key, string? version = null, DateTimeOffset? due = null) =>
        Lifecycle.ChangeAsync(new LifecycleChange(action, Name(key), version is null ? null : KeyVersionName.Parse(version), due), Stop);

    private async Task<VersionUse> UseAsync(string version)
    {
        using KeyVersion? found = await Store.FindVersionAsync(KeyVersionName.Parse(version), Stop);
        Assert.NotNull(found);

        // INVARIANT: what may not be used leaves the store without its material.
        Assert.Equal(found.Use == VersionUse.Allowed, found.Material is not null);
        return found.Use;
    }

    [Fact]
    public async Task A_disabled_key_gives_no_material_until_it_is_enabled()
    {
        _ = Lifecycle;
        string first = await CreateAsync("k");
        string second = await RollAsync("k");
        await CreateAsync("other");
        Assert.True((await ChangeAsync(LifecycleAction.Disable, "k")).Use.IsDisabled);
        Assert.True((await Store.FindMetadataAsync(Name("k"), Stop))?.Use.IsDisabled);
        Assert.Equal("(hidden)", await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
        Assert.Equal(VersionUse.KeyDisabled, await UseAsync("k@0"));
        List<KeyVersion> all = await Store.ListVersionsAsync(Name("k"), Stop).ToListAsync(Stop);
        Assert.All(all, static version => Assert.Equal((VersionUse.KeyDisabled, true), (version.Use, version.Material is null)));
        Assert.Equal(ErrorKind.KeyDisabled, (await Assert.ThrowsAsync<KmsException>(() => RollAsync("k"))).Kind);
        Assert.Equal(VersionUse.Allowed, await UseAsync("other@0"));
        Assert.Equal([true, false], (await Store.ListAsync(Stop).ToListAsync(Stop)).Select(static key => key.Use.IsDisabled));

        Assert.Equal(KeyUse.Plain, (await ChangeAsync(LifecycleAction.Enable, "k")).Use);
        Assert.Equal((first, second), (await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop)), await HexAsync(Store.FindCurrentAsync(Name("k"), Stop))));
        await ChangeAsync(LifecycleAction.Disable, "k");
        Assert.Equal(VersionUse.KeyDisabled, await UseAsync("k@1"));
    }

    [Fact]
    public async Task A_disabled_version_leaves_the_others_alone()
    {
        _ = Lifecycle;
        await CreateAsync("k");
        string second = await RollAsync("k");
        await ChangeAsync(LifecycleAction.Disable, "k", "k@0");
        await ChangeAsync(LifecycleAction.Disable, "k", "k@0");
        Assert.Equal(VersionUse.VersionDisabled, await UseAsync("k@0"));
        Assert.Equal(second, await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
        await ChangeAsync(LifecycleAction.Disable, "k", "k@1");
        Assert.Equal(VersionUse.VersionDisabled, await UseAsync("k@1"));

        // The way out of a current version that may not be used any more.
        await RollAsync("k");
        Assert.Equal(VersionUse.Allowed, await UseAsync("k@2"));
        await ChangeAsync(LifecycleAction.Enable, "k", "k@0");
        Assert.Equal(VersionUse.Allowed, await UseAsync("k@0"));
    }

    [Fact]
    public async Task A_destroyed_version_is_gone_for_good_and_its_name_stays_taken()
    {
        _ = Lifecycle;
        await CreateAsync("k");
        await RollAsync("k");
        Assert.Equal("KeyVersion 'k@1' is the current one and was not destroyed", (await Assert.ThrowsAsync<KmsException>(async () => await ChangeAsync(LifecycleAction.DestroyVersion, "k", "k@1"))).Message);
        await ChangeAsync(LifecycleAction.DestroyVersion, "k", "k@0");
        Assert.Equal(VersionUse.VersionDestroyed, await UseAsync("k@0"));
        foreach (LifecycleAction action in new[] { LifecycleAction.Enable, LifecycleAction.Disable })
        {
            Assert.Equal(ErrorKind.KeyVersionDestroyed, (await Assert.ThrowsAsync<KmsException>(async () => await ChangeAsync(action, "k", "k@0"))).Kind);
        }

        await ChangeAsync(LifecycleAction.DestroyVersion, "k", "k@0");
        Assert.Equal("k", (await Store.FindOwnerAsync(KeyVersionName.Parse("k@0"), Stop))?.Value);
        await ChangeAsync(LifecycleAction.Disable, "k");
        Assert.Equal(VersionUse.VersionDestroyed, await UseAsync("k@0"));
        await ChangeAsync(LifecycleAction.Enable, "k");
        Assert.Equal((VersionUse.VersionDestroyed, VersionUse.Allowed), (await UseAsync("k@0"), await UseAsync("k@1")));
    }

    [Fact]
    public async Task A_planned_deletion_disables_and_can_be_cancelled()
    {
        DateTimeOffset due = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);
        _ = Lifecycle;
        await CreateAsync("k");
        await CreateAsync("other");
        Assert.Equal(due, (await ChangeAsync(LifecycleAction.ScheduleDeletion, "k", due: due)).Use.DeletionDue);
        Assert.Equal(VersionUse.DeletionPending, await UseAsync("k@0"));
        Assert.Equal(ErrorKind.KeyDisabled, (await Assert.ThrowsAsync<KmsException>(() => RollAsync("k"))).Kind);
        Assert.Equal(ErrorKind.KeyDisabled, (await Assert.ThrowsAsync<KmsException>(async () => await ChangeAsync(LifecycleAction.Enable, "k"))).Kind);
        Assert.Empty(await Lifecycle.ListDueAsync(due - TimeSpan.FromMilliseconds(1), Stop).ToListAsync(Stop));
        Assert.Equal(["k"], await Lifecycle.ListDueAsync(due, Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
        await ChangeAsync(LifecycleAction.CancelDeletion, "k");
        Assert.Equal(VersionUse.Allowed, await UseAsync("k@0"));
        Assert.Empty(await Lifecycle.ListDueAsync(due, Stop).ToListAsync(Stop));
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<KmsException>(async () => await ChangeAsync(LifecycleAction.CancelDeletion, "k"))).Kind);
    }

    [Fact]
    public async Task A_deleted_key_keeps_its_limits_but_no_date_of_deletion()
    {
        _ = Lifecycle;
        await CreateAsync("k");
        await ChangeAsync(LifecycleAction.Disable, "k");
        await ChangeAsync(LifecycleAction.ScheduleDeletion, "k", due: DateTimeOffset.UnixEpoch);
        await Store.DeleteAsync(Name("k"), Stop);
        Assert.Empty(await Lifecycle.ListDueAsync(DateTimeOffset.MaxValue, Stop).ToListAsync(Stop));
        KeyUse restored = (await Lifecycle.RestoreAsync(Name("k"), Stop)).Use;
        Assert.Equal((true, null), (restored.IsDisabled, restored.DeletionDue));
        Assert.Equal(VersionUse.KeyDisabled, await UseAsync("k@0"));

        // Another key under the same name is not limited by what the first one was.
        await Store.DeleteAsync(Name("k"), Stop);
        await CreateAsync("k");
        Assert.Equal(KeyUse.Plain, (await Store.FindMetadataAsync(Name("k"), Stop))?.Use);
        await Store.DeleteAsync(Name("k"), Stop);
        await Lifecycle.PurgeAsync(Name("k"), Stop);
        await CreateAsync("k");
        Assert.Equal(KeyUse.Plain, (await Store.FindMetadataAsync(Name("k"), Stop))?.Use);
    }

    [Fact]
    public async Task A_change_of_what_is_not_there_is_refused()
    {
        _ = Lifecycle;
        await CreateAsync("k");
        await CreateAsync("other");
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await ChangeAsync(LifecycleAction.Disable, "none"))).Kind);
        Assert.Equal(ErrorKind.KeyVersionNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await ChangeAsync(LifecycleAction.Disable, "k", "other@0"))).Kind);
        Assert.Null(await Lifecycle.FindLifecycleAsync(Name("none"), Stop));
        Assert.Equal(VersionUse.Allowed, await UseAsync("other@0"));
    }

    [Fact]
    public async Task Last_uses_are_told_of_each_version()
    {
        _ = Lifecycle;
        await CreateAsync("k");
        await RollAsync("k");
        DateTimeOffset before = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(5);
        LocalEekProvider eeks = new(Store);
        EekBatch batch = await eeks.GenerateEeksAsync(Name("k"), 1, Stop);
        (await eeks.DecryptEekAsync(batch[0], Stop)).Dispose();
        await Lifecycle.FlushUsesAsync(Stop);
        KeyLifecycle? found = await Lifecycle.FindLifecycleAsync(Name("k"), Stop);
        Assert.Equal(["k@0", "k@1"], found?.Versions.Select(static version => version.Name.Value));
        Assert.Equal([false, true], found?.Versions.Select(static version => version.IsCurrent));
        Assert.Null(found?.Versions[0].LastUsed);
        Assert.InRange(found?.Versions[1].LastUsed ?? default, before, DateTimeOffset.UtcNow + TimeSpan.FromSeconds(5));

        // A version that is gone when its use is written harms nobody.
        Lifecycle.NoteUse(KeyVersionName.Parse("gone@0"));
        await Lifecycle.FlushUsesAsync(Stop);
        await Store.DeleteAsync(Name("k"), Stop);
        await Lifecycle.PurgeAsync(Name("k"), Stop);
    }

    [Fact]
    public async Task Limits_and_uses_are_still_there_after_the_store_was_opened_again()
    {
        Assert.SkipWhen(Store is MemoryKeyProvider, "Nothing lasts in memory.");
        _ = Lifecycle;
        await CreateAsync("k");
        await RollAsync("k");
        await RollAsync("k");
        await ChangeAsync(LifecycleAction.DestroyVersion, "k", "k@0");
        await ChangeAsync(LifecycleAction.Disable, "k", "k@1");
        Lifecycle.NoteUse(KeyVersionName.Parse("k@2"));
        await Store.DisposeAsync();
        _store = await OpenAsync();
        KeyLifecycle? found = await Lifecycle.FindLifecycleAsync(Name("k"), Stop);
        Assert.Equal([VersionUse.VersionDestroyed, VersionUse.VersionDisabled, VersionUse.Allowed], found?.Versions.Select(static version => version.Use));
        Assert.NotNull(found?.Versions[2].LastUsed);
        Assert.Equal(VersionUse.VersionDestroyed, await UseAsync("k@0"));
    }

    [Fact]
    public async Task Of_conditional_rolls_at_the_same_time_one_wins_each_round()
    {
        const int Keys = 10;
        const int Writers = 8;
        _ = Lifecycle;
        for (int key = 0; key < Keys; key++)
        {
            await CreateAsync($"k{key}");
        }

        int[] rolled = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            int mine = 0;
            for (int i = 0; i < Keys; i++)
            {
                KeyName key = Name($"k{(i + writer) % Keys}");
                try
                {
                    (await Store.RollAsync(key, null, KeyVersionName.Of(key, 0), Stop)).Dispose();
                    mine++;
                }
                catch (KmsException refused) when (refused.Kind == ErrorKind.Conflict)
                {
                    // Somebody else was first.
                }
            }

            return mine;
        }, Stop)));
        Assert.Equal(Keys, rolled.Sum());
        for (int key = 0; key < Keys; key++)
        {
            Assert.Equal(2, (await Store.FindMetadataAsync(Name($"k{key}"), Stop))?.Versions);
        }
    }
}
