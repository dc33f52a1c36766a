using System.Collections.Frozen;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Contracts;

/// <summary>What every store promises of keys that come from elsewhere.</summary>
public abstract partial class KeyProviderContract
{
    private static readonly DateTimeOffset Long = new(2019, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);

    /// <summary>Whether keys can be taken over as they are; another KMS names and dates versions by itself.</summary>
    protected virtual bool TakesOver => true;

    /// <summary>Whether a version may bear any name; a Java keystore computes it from the key's.</summary>
    protected virtual bool KeepsVersionNames => true;

    [Fact]
    public async Task An_imported_key_is_the_same_in_everything()
    {
        using KeyImage image = Image("moved", 5, ["moved@0", "moved@2", "moved@4"]);
        if (!TakesOver)
        {
            Assert.Equal(ErrorKind.Unsupported, (await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(image, 0, Stop))).Kind);
            return;
        }

        await Store.ImportAsync(image, 0, Stop);
        KeyMetadata? found = await Store.FindMetadataAsync(image.Metadata.Name, Stop);
        Assert.NotNull(found);
        Assert.Equal(("moved", "AES/CBC/NoPadding", 128, "from elsewhere", 5, "moved@4"), (found.Name.Value, found.Cipher.Value, found.BitLength, found.Description, found.Versions, found.Current.Value));
        Assert.Equal(Long, found.Created);
        Assert.Equal(("list", "ü"), (found.AclName, found.Attributes["o"]));
        await SameVersionsAsync(image);
        Assert.Equal("moved", (await Store.FindOwnerAsync(KeyVersionName.Parse("moved@2"), Stop))?.Value);
        Assert.Equal(ProviderHistory.Hex(image.Versions[^1]), await HexAsync(Store.FindCurrentAsync(image.Metadata.Name, Stop)));

        // Numbering goes on where it would have gone on at the source.
        using KeyVersion rolled = await Store.RollAsync(image.Metadata.Name, null, null, Stop);
        Assert.Equal("moved@5", rolled.Name.Value);
    }

    [Fact]
    public async Task Versions_that_are_missing_are_added_behind_those_that_are_there()
    {
        Assert.SkipUnless(TakesOver, "This store takes no keys over.");
        using KeyImage image = Image("grown", 3, ["grown@0", "grown@1", "grown@2"]);
        using KeyImage before = new(image.Metadata with { Versions = 1, Current = image.Versions[0].Name }, [image.Versions[0].Share()]);
        await Store.ImportAsync(before, 0, Stop);
        await Store.ImportAsync(image, 1, Stop);
        await SameVersionsAsync(image);
        Assert.Equal((3, "grown@2"), (await Store.FindMetadataAsync(image.Metadata.Name, Stop)) is { } found ? (found.Versions, found.Current.Value) : default);

        KmsException stale = await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(image, 1, Stop));
        Assert.Equal(ErrorKind.Conflict, stale.Kind);
        using KeyImage absent = Image("absent", 2, ["absent@0", "absent@1"]);
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(absent, 1, Stop))).Kind);
    }

    [Fact]
    public async Task A_key_that_is_there_is_not_taken_over_again()
    {
        Assert.SkipUnless(TakesOver, "This store takes no keys over.");
        string material = await CreateAsync("taken");
        using KeyImage image = Image("taken", 1, ["taken@0"]);
        Assert.Equal(ErrorKind.KeyAlreadyExists, (await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(image, 0, Stop))).Kind);
        Assert.Equal(material, await HexAsync(Store.FindCurrentAsync(Name("taken"), Stop)));
    }

    [Fact]
    public async Task A_versions_name_never_comes_to_mean_other_material()
    {
        Assert.SkipUnless(TakesOver, "This store takes no keys over.");
        await CreateAsync("first");
        using KeyImage foreign = Image("second", 1, ["first@0"]);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(foreign, 0, Stop));
        Assert.Equal(KeepsVersionNames ? ErrorKind.KeyAlreadyExists : ErrorKind.Unsupported, refused.Kind);
        Assert.Contains("first@0", refused.Message, StringComparison.Ordinal);
        Assert.Null(await Store.FindMetadataAsync(Name("second"), Stop));
    }

    [Fact]
    public async Task A_version_may_bear_any_name_where_the_format_allows_it()
    {
        Assert.SkipUnless(TakesOver, "This store takes no keys over.");
        using KeyImage image = Image("named", 2, ["3f2a-uuid", "named@Ω"]);
        if (!KeepsVersionNames)
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(image, 0, Stop));
            Assert.Equal(ErrorKind.Unsupported, refused.Kind);
            Assert.Contains("3f2a-uuid", refused.Message, StringComparison.Ordinal);
            return;
        }

        await Store.ImportAsync(image, 0, Stop);
        await SameVersionsAsync(image);
        Assert.Equal("named", (await Store.FindOwnerAsync(KeyVersionName.Parse("3f2a-uuid"), Stop))?.Value);
    }

    [Fact]
    public async Task A_limited_key_is_taken_over_with_its_limits_or_not_at_all()
    {
        Assert.SkipUnless(TakesOver, "This store takes no keys over.");
        await using MemoryKeyProvider elsewhere = new();
        (await elsewhere.CreateAsync(NewKey.Default(Name("lim")), Stop)).Dispose();
        (await elsewhere.RollAsync(Name("lim"), null, null, Stop)).Dispose();
        (await elsewhere.RollAsync(Name("lim"), null, null, Stop)).Dispose();
        await elsewhere.ChangeAsync(new LifecycleChange(LifecycleAction.DestroyVersion, Name("lim"), KeyVersionName.Parse("lim@0")), Stop);
        await elsewhere.ChangeAsync(new LifecycleChange(LifecycleAction.Disable, Name("lim"), KeyVersionName.Parse("lim@1")), Stop);
        await elsewhere.ChangeAsync(new LifecycleChange(LifecycleAction.ScheduleDeletion, Name("lim"), null, Long.AddYears(90)), Stop);
        using KeyImage image = (await elsewhere.ReadImageAsync(Name("lim"), Stop))!;
        if (Store is not IKeyLifecycle lifecycle)
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await Store.ImportAsync(image, 0, Stop));
            Assert.Equal((ErrorKind.Unsupported, "lim"), (refused.Kind, refused.Subject));
            Assert.Null(await Store.FindMetadataAsync(Name("lim"), Stop));
            return;
        }

        await Store.ImportAsync(image, 0, Stop);
        Assert.Equal(image.Metadata.Use, (await Store.FindMetadataAsync(Name("lim"), Stop))!.Use);
        Assert.Equal((VersionUse.VersionDestroyed, VersionUse.DeletionPending), (await UseAsync("lim@0"), await UseAsync("lim@2")));
        using KeyImage found = (await lifecycle.ReadImageAsync(Name("lim"), Stop))!;
        Assert.Equal(image.Versions.Select(Text), found.Versions.Select(Text));
        await ChangeAsync(LifecycleAction.CancelDeletion, "lim");
        Assert.Equal((VersionUse.VersionDisabled, VersionUse.Allowed), (await UseAsync("lim@1"), await UseAsync("lim@2")));
        await ChangeAsync(LifecycleAction.Enable, "lim", "lim@1");
        Assert.Equal(ProviderHistory.Hex(image.Versions[1]), await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("lim@1"), Stop)));

        static string Text(KeyVersion version) => $"{version.Name.Value} {version.Use} {(version.Material is null ? "" : ProviderHistory.Hex(version))}";
    }

    [Fact]
    public async Task Names_are_listed_as_the_keys_are()
    {
        await CreateAsync("b");
        await CreateAsync("a");
        await CreateAsync("c");
        await Store.DeleteAsync(Name("b"), Stop);
        Assert.Equal(["a", "c"], (await Store.ListNamesAsync(Stop).ToListAsync(Stop)).Select(static name => name.Value));
    }

    private async Task SameVersionsAsync(KeyImage image)
    {
        List<KeyVersion> found = await Store.ListVersionsAsync(image.Metadata.Name, Stop).ToListAsync(Stop);
        Assert.Equal(image.Versions.Select(Line), found.Select(Line));
        found.ForEach(static version => version.Dispose());

        static string Line(KeyVersion version) => $"{version.Key.Value} {version.Name.Value} {version.Created:O} {ProviderHistory.Hex(version)}";
    }

    private static KeyImage Image(string name, int count, string[] versions)
    {
        FrozenDictionary<string, string> attributes = new Dictionary<string, string> { [KeyMetadata.AclNameAttribute] = "list", ["o"] = "ü" }.ToFrozenDictionary(StringComparer.Ordinal);
        return new KeyImage(
            new KeyMetadata(Name(name), new CipherName("AES/CBC/NoPadding"), 128, "from elsewhere", attributes, Long, count) { Current = KeyVersionName.Parse(versions[^1]) },
            [.. versions.Select((version, i) => new KeyVersion(Name(name), KeyVersionName.Parse(version), SecretBytes.Random(16), Long.AddDays(i)))]);
    }
}
