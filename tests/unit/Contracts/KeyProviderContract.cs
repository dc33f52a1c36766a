using System.Collections.Frozen;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Contracts;

/// <summary>What every store promises. A store's tests derive from this class and say how to open one.</summary>
public abstract partial class KeyProviderContract : IAsyncLifetime
{
    private IKeyProvider? _store;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected IKeyProvider Store => _store ?? throw new InvalidOperationException("The store is not open.");

    /// <summary>Whether the store keeps deleted keys and goes on numbering; jceks does not.</summary>
    protected virtual bool NumbersGoOn => true;

    /// <summary>Whether upper-case letters make another name.</summary>
    protected virtual bool KeepsCase => true;

    /// <summary>Whether a key whose name looks like a version's has a place of its own, and is listed; not in jceks.</summary>
    protected virtual bool KeepsVersionLikeNames => true;

    /// <summary>Number of keys in a long listing: few where a write takes milliseconds.</summary>
    protected virtual int Plenty => 600;

    /// <summary>The place that refusals name: for another KMS the one behind it.</summary>
    protected virtual string Place => Store.Uri.Text;

    public async ValueTask InitializeAsync() => _store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        await CleanAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the same store as before; the first time it is empty.</summary>
    protected abstract ValueTask<IKeyProvider> OpenAsync();

    protected virtual ValueTask CleanAsync() => ValueTask.CompletedTask;

    protected static KeyName Name(string text) => KeyName.Parse(text);

    protected static async Task<string> HexAsync(ValueTask<KeyVersion?> pending)
    {
        using KeyVersion? version = await pending;
        return version is null ? "(none)" : ProviderHistory.Hex(version);
    }

    private async Task<string> CreateAsync(string name, SecretBytes? material = null, int bits = 128)
    {
        using KeyVersion made = await Store.CreateAsync(new NewKey(Name(name), CipherName.Default, bits, null, FrozenDictionary<string, string>.Empty, material), Stop);
        return ProviderHistory.Hex(made);
    }

    private async Task<string> RollAsync(string name)
    {
        using KeyVersion made = await Store.RollAsync(Name(name), null, null, Stop);
        return ProviderHistory.Hex(made);
    }

    [Fact]
    public async Task An_empty_store_answers_nothing()
    {
        await Store.SelfTestAsync(Stop);
        Assert.Null(await Store.FindMetadataAsync(Name("k"), Stop));
        Assert.Null(await Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop));
        Assert.Null(await Store.FindCurrentAsync(Name("k"), Stop));
        Assert.Null(await Store.FindOwnerAsync(KeyVersionName.Parse("k@0"), Stop));
        Assert.Empty(await Store.ListAsync(Stop).ToListAsync(Stop));
        Assert.Empty(await Store.ListVersionsAsync(Name("k"), Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_new_key_is_there_with_all_that_was_said_of_it()
    {
        FrozenDictionary<string, string> attributes = new Dictionary<string, string> { ["key.acl.name"] = "list", ["ä"] = "", ["b"] = "two\nlines" }.ToFrozenDictionary(StringComparer.Ordinal);
        using SecretBytes given = SecretBytes.CopyOf("0123456789abcdef01234567"u8);
        using KeyVersion made = await Store.CreateAsync(new NewKey(Name("k"), new CipherName("AES/CBC/PKCS5Padding"), 192, "what for", attributes, given), Stop);
        KeyMetadata? found = await Store.FindMetadataAsync(Name("k"), Stop);
        Assert.NotNull(found);
        Assert.Equal(("k", "AES/CBC/PKCS5Padding", 192, "what for", 1, "k@0", "list"), (found.Name.Value, found.Cipher.Value, found.BitLength, found.Description, found.Versions, found.Current.Value, found.AclName));
        Assert.Equal(attributes.OrderBy(static pair => pair.Key, StringComparer.Ordinal), found.Attributes.OrderBy(static pair => pair.Key, StringComparer.Ordinal));
        Assert.Null(found.Deleted);
        Assert.Equal("k@0", made.Name.Value);
        Assert.Equal(Convert.ToHexStringLower("0123456789abcdef01234567"u8), ProviderHistory.Hex(made));
        Assert.Equal(ProviderHistory.Hex(made), await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
        Assert.Equal("k", (await Store.FindOwnerAsync(made.Name, Stop))?.Value);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(192)]
    [InlineData(256)]
    public async Task Generated_material_has_the_length_and_differs(int bits)
    {
        string first = await CreateAsync("a", bits: bits);
        string second = await CreateAsync("b", bits: bits);
        Assert.Equal(bits / 4, first.Length);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_roll_makes_a_new_current_version_and_keeps_the_old()
    {
        string first = await CreateAsync("k");
        string second = await RollAsync("k");
        string third = await RollAsync("k");
        Assert.Equal(first, await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop)));
        Assert.Equal(second, await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@1"), Stop)));
        Assert.Equal(third, await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
        List<KeyVersion> all = await Store.ListVersionsAsync(Name("k"), Stop).ToListAsync(Stop);
        Assert.Equal(["k@0", "k@1", "k@2"], all.Select(static version => version.Name.Value));
        Assert.Equal([first, second, third], all.Select(ProviderHistory.Hex));
        all.ForEach(static version => version.Dispose());
        KeyMetadata? metadata = await Store.FindMetadataAsync(Name("k"), Stop);
        Assert.Equal((3, "k@2"), (metadata?.Versions, metadata?.Current.Value));
    }

    [Fact]
    public async Task A_roll_takes_given_material_of_the_right_length_only()
    {
        await CreateAsync("k");
        using SecretBytes good = SecretBytes.CopyOf("0123456789abcdef"u8);
        using SecretBytes wrong = SecretBytes.CopyOf("0123456789"u8);
        using (KeyVersion made = await Store.RollAsync(Name("k"), good, null, Stop))
        {
            Assert.Equal(Convert.ToHexStringLower("0123456789abcdef"u8), ProviderHistory.Hex(made));
        }

        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await Store.RollAsync(Name("k"), wrong, null, Stop));
        Assert.Equal((ErrorKind.MaterialLengthInvalid, "Wrong key length. Required 128, but got 80"), (refused.Kind, refused.Message));
        Assert.Equal(2, (await Store.FindMetadataAsync(Name("k"), Stop))?.Versions);
    }

    [Fact]
    public async Task A_taken_name_is_refused_and_nothing_changes()
    {
        string first = await CreateAsync("k");
        KmsException refused = await Assert.ThrowsAsync<KmsException>(() => CreateAsync("k"));
        Assert.Equal((ErrorKind.KeyAlreadyExists, $"Key k already exists in {Place}"), (refused.Kind, refused.Message));
        Assert.Equal(first, await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
    }

    [Theory]
    [InlineData("AES/CTR/NoPadding", 100, ErrorKind.LengthInvalid, "Wrong keysize: must be equal to 128, 192 or 256")]
    [InlineData("DES/CBC/PKCS5Padding", 64, ErrorKind.LengthInvalid, "Wrong keysize: must be equal to 56")]
    [InlineData("LJM", 128, ErrorKind.CipherUnsupported, "No material can be generated for the cipher 'LJM' of key 'k'")]
    [InlineData("", 128, ErrorKind.CipherUnsupported, "No material can be generated for the cipher '' of key 'k'")]
    public async Task A_cipher_or_a_length_that_cannot_be_generated_is_refused(string cipher, int bits, ErrorKind kind, string message)
    {
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () =>
            await Store.CreateAsync(new NewKey(Name("k"), new CipherName(cipher), bits, null, FrozenDictionary<string, string>.Empty, null), Stop));
        Assert.Equal((kind, message), (refused.Kind, refused.Message));
        Assert.Null(await Store.FindMetadataAsync(Name("k"), Stop));
    }

    [Fact]
    public async Task Given_material_of_another_length_is_refused_and_of_any_cipher_taken()
    {
        using SecretBytes eight = SecretBytes.CopyOf("01234567"u8);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(() => CreateAsync("k", eight));
        Assert.Equal("Wrong key length. Required 128, but got 64", refused.Message);
        using KeyVersion made = await Store.CreateAsync(new NewKey(Name("k"), new CipherName("NoSuch"), 64, null, FrozenDictionary<string, string>.Empty, eight), Stop);
        Assert.Equal(8, made.Material?.Length);
    }

    [Fact]
    public async Task A_roll_of_an_unknown_key_says_so_in_the_words_of_a_stock_server()
    {
        using SecretBytes given = SecretBytes.Random(16);
        Assert.Equal("Can't find Metadata for key k", (await Assert.ThrowsAsync<KmsException>(() => RollAsync("k"))).Message);
        Assert.Equal("Key k not found", (await Assert.ThrowsAsync<KmsException>(async () => await Store.RollAsync(Name("k"), given, null, Stop))).Message);
        Assert.Equal($"Key k does not exist in {Place}", (await Assert.ThrowsAsync<KmsException>(async () => await Store.DeleteAsync(Name("k"), Stop))).Message);
    }

    [Fact]
    public async Task A_conditional_roll_happens_once()
    {
        await CreateAsync("k");
        using (KeyVersion made = await Store.RollAsync(Name("k"), null, KeyVersionName.Parse("k@0"), Stop))
        {
            Assert.Equal("k@1", made.Name.Value);
        }

        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await Store.RollAsync(Name("k"), null, KeyVersionName.Parse("k@0"), Stop));
        Assert.Equal(ErrorKind.Conflict, refused.Kind);
        Assert.Equal("k@1", (await Store.FindMetadataAsync(Name("k"), Stop))?.Current.Value);
    }

    [Fact]
    public async Task A_deleted_key_and_its_versions_are_gone()
    {
        await CreateAsync("k");
        await RollAsync("k");
        await CreateAsync("other");
        await Store.DeleteAsync(Name("k"), Stop);
        Assert.Null(await Store.FindMetadataAsync(Name("k"), Stop));
        Assert.Null(await Store.FindCurrentAsync(Name("k"), Stop));
        Assert.Null(await Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop));
        Assert.Null(await Store.FindOwnerAsync(KeyVersionName.Parse("k@1"), Stop));
        Assert.Empty(await Store.ListVersionsAsync(Name("k"), Stop).ToListAsync(Stop));
        Assert.Equal(["other"], await Store.ListAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(() => RollAsync("k"))).Kind);
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await Store.DeleteAsync(Name("k"), Stop))).Kind);
    }

    [Fact]
    public async Task A_version_name_never_means_two_materials()
    {
        Assert.SkipUnless(NumbersGoOn, "The format has no room for what was deleted.");
        Dictionary<string, string> seen = [];
        for (int round = 0; round < 3; round++)
        {
            foreach (string made in new[] { await CreateAsync("k"), await RollAsync("k") })
            {
                using KeyVersion? current = await Store.FindCurrentAsync(Name("k"), Stop);
                Assert.NotNull(current);
                seen.TryAdd(made, made);
            }

            List<KeyVersion> all = await Store.ListVersionsAsync(Name("k"), Stop).ToListAsync(Stop);
            Assert.Equal([$"k@{2 * round}", $"k@{(2 * round) + 1}"], all.Select(static version => version.Name.Value));
            all.ForEach(static version => version.Dispose());
            await Store.DeleteAsync(Name("k"), Stop);
            if (round == 1 && Store is ISoftDelete trash)
            {
                await trash.PurgeAsync(Name("k"), Stop);
            }
        }

        Assert.Equal(6, seen.Count);
    }

    [Fact]
    public async Task A_deleted_key_comes_back_with_all_its_versions()
    {
        Assert.SkipUnless(Store is ISoftDelete, "The store deletes for good.");
        ISoftDelete trash = (ISoftDelete)Store;
        string first = await CreateAsync("k");
        string second = await RollAsync("k");
        await Store.DeleteAsync(Name("k"), Stop);
        KeyMetadata? buried = await trash.FindDeletedAsync(Name("k"), Stop);
        Assert.NotNull(buried?.Deleted);
        Assert.Equal(["k"], await trash.ListDeletedAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
        KeyMetadata back = await trash.RestoreAsync(Name("k"), Stop);
        Assert.Null(back.Deleted);
        Assert.Equal((2, "k@1"), (back.Versions, back.Current.Value));
        Assert.Equal(first, await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop)));
        Assert.Equal(second, await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
        Assert.Empty(await trash.ListDeletedAsync(Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_restore_is_refused_while_the_name_is_taken_or_nothing_is_deleted()
    {
        Assert.SkipUnless(Store is ISoftDelete, "The store deletes for good.");
        ISoftDelete trash = (ISoftDelete)Store;
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await trash.RestoreAsync(Name("k"), Stop))).Kind);
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await trash.PurgeAsync(Name("k"), Stop))).Kind);
        await CreateAsync("k");
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await trash.PurgeAsync(Name("k"), Stop))).Kind);
        await Store.DeleteAsync(Name("k"), Stop);
        await CreateAsync("k");
        Assert.Equal(ErrorKind.KeyAlreadyExists, (await Assert.ThrowsAsync<KmsException>(async () => await trash.RestoreAsync(Name("k"), Stop))).Kind);
        await Store.DeleteAsync(Name("k"), Stop);
        Assert.Equal("k@1", (await trash.RestoreAsync(Name("k"), Stop)).Current.Value);
    }

    [Fact]
    public async Task A_purged_key_never_comes_back()
    {
        Assert.SkipUnless(Store is ISoftDelete, "The store deletes for good.");
        ISoftDelete trash = (ISoftDelete)Store;
        await CreateAsync("k");
        await Store.DeleteAsync(Name("k"), Stop);
        await trash.PurgeAsync(Name("k"), Stop);
        Assert.Null(await trash.FindDeletedAsync(Name("k"), Stop));
        Assert.Equal(ErrorKind.KeyNotFound, (await Assert.ThrowsAsync<KmsException>(async () => await trash.RestoreAsync(Name("k"), Stop))).Kind);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("k@0")]
    [InlineData("%2e")]
    [InlineData("it's \"quoted\"; drop table key_version --")]
    [InlineData("two\nlines")]
    [InlineData("\u202Ereversed")]
    [InlineData("ключ-🔑")]
    public async Task Any_name_is_kept_to_the_letter(string name)
    {
        string made = await CreateAsync(name);
        Assert.Equal(made, await HexAsync(Store.FindVersionAsync(KeyVersionName.Of(Name(name), 0), Stop)));
        Assert.Equal(KeepsVersionLikeNames || !name.Contains('@', StringComparison.Ordinal) ? [name] : [], await Store.ListAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
        await Store.DeleteAsync(Name(name), Stop);
        Assert.Null(await Store.FindMetadataAsync(Name(name), Stop));
    }

    [Fact]
    public async Task Names_that_look_like_versions_are_not_taken_for_them()
    {
        Assert.SkipUnless(KeepsVersionLikeNames, "In the format a key k@0 and version 0 of k are one entry.");
        string plain = await CreateAsync("k");
        string odd = await CreateAsync("k@0");
        Assert.Equal(plain, await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop)));
        Assert.Equal(odd, await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@0@0"), Stop)));
        Assert.Equal("k", (await Store.FindOwnerAsync(KeyVersionName.Parse("k@0"), Stop))?.Value);
        Assert.Equal("k@0", (await Store.FindOwnerAsync(KeyVersionName.Parse("k@0@0"), Stop))?.Value);
    }

    [Fact]
    public async Task Letters_of_another_case_make_another_name()
    {
        Assert.SkipUnless(KeepsCase, "The format folds upper-case letters.");
        string small = await CreateAsync("key");
        string large = await CreateAsync("KEY");
        Assert.NotEqual(small, large);
        Assert.Equal(large, await HexAsync(Store.FindCurrentAsync(Name("KEY"), Stop)));
    }

    [Fact]
    public async Task The_longest_name_fits()
    {
        string name = new('x', KeyName.MaxUtf8Length);
        string made = await CreateAsync(name);
        Assert.Equal(made, await HexAsync(Store.FindCurrentAsync(Name(name), Stop)));
        Assert.Equal(KeyName.MaxUtf8Length, Encoding.UTF8.GetByteCount((await Store.FindOwnerAsync(KeyVersionName.Of(Name(name), 0), Stop))?.Value ?? ""));
    }

    [Fact]
    public async Task A_long_listing_names_every_key_once()
    {
        List<string> names = [.. Enumerable.Range(0, Plenty).Select(static i => $"key-{i:d4}")];
        foreach (string name in names)
        {
            await CreateAsync(name);
        }

        Assert.Equal(names, await Store.ListAsync(Stop).Select(static key => key.Name.Value).Order(StringComparer.Ordinal).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_listing_that_is_left_early_leaves_nothing_behind()
    {
        await CreateAsync("a");
        await CreateAsync("b");
        await RollAsync("a");
        await foreach (KeyMetadata first in Store.ListAsync(Stop))
        {
            Assert.Equal("a", first.Name.Value);
            break;
        }

        await foreach (KeyVersion first in Store.ListVersionsAsync(Name("a"), Stop))
        {
            first.Dispose();
            break;
        }

        await Store.DeleteAsync(Name("a"), Stop);
        Assert.Equal(["b"], await Store.ListAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
    }

    [Fact]
    public async Task Everything_is_still_there_after_the_store_was_opened_again()
    {
        Assert.SkipWhen(Store is MemoryKeyProvider, "Nothing lasts in memory.");
        string first = await CreateAsync("k");
        string second = await RollAsync("k");
        await CreateAsync("gone");
        await Store.DeleteAsync(Name("gone"), Stop);
        await Store.DisposeAsync();
        _store = await OpenAsync();
        Assert.Equal(first, await HexAsync(Store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop)));
        Assert.Equal(second, await HexAsync(Store.FindCurrentAsync(Name("k"), Stop)));
        Assert.Equal(["k"], await Store.ListAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
        Assert.Equal("k@2", await RollNameAsync());
    }

    [Fact]
    public async Task Rolls_at_the_same_time_give_consecutive_versions_without_a_duplicate()
    {
        const int Keys = 10;
        const int Threads = 8;
        int rolls = Plenty >= 100 ? 5 : 1;
        for (int key = 0; key < Keys; key++)
        {
            await CreateAsync($"k{key}");
        }

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < rolls * Keys; i++)
            {
                await RollAsync($"k{(i + thread) % Keys}");
            }
        }, Stop)));

        HashSet<string> materials = new(StringComparer.Ordinal);
        for (int key = 0; key < Keys; key++)
        {
            List<KeyVersion> all = await Store.ListVersionsAsync(Name($"k{key}"), Stop).ToListAsync(Stop);
            Assert.Equal(Enumerable.Range(0, (Threads * rolls) + 1).Select(number => $"k{key}@{number}"), all.Select(static version => version.Name.Value));
            Assert.All(all, version => Assert.True(materials.Add(ProviderHistory.Hex(version))));
            all.ForEach(static version => version.Dispose());
        }
    }

    [Fact]
    public async Task Of_creates_at_the_same_time_one_wins()
    {
        Task<bool>[] racers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await CreateAsync("k");
                return true;
            }
            catch (KmsException refused) when (refused.Kind == ErrorKind.KeyAlreadyExists)
            {
                return false;
            }
        }, Stop))];
        bool[] won = await Task.WhenAll(racers);
        Assert.Single(won, static each => each);
        Assert.Equal(1, (await Store.FindMetadataAsync(Name("k"), Stop))?.Versions);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        Assert.SkipWhen(Store is MemoryKeyProvider, "Memory does not wait.");
        using CancellationTokenSource source = new();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CreateAsync(NewKey.Default(Name("k")), source.Token));
        Assert.Null(await Store.FindMetadataAsync(Name("k"), Stop));
    }

    private async Task<string> RollNameAsync()
    {
        using KeyVersion made = await Store.RollAsync(Name("k"), null, null, Stop);
        return made.Name.Value;
    }
}
