using System.Collections.Frozen;
using System.Text.Json.Nodes;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Providers.Jceks;

public sealed class JceksKeyProviderTests : IDisposable
{
    private readonly JceksRecordings _recordings = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<string>> Good => JceksRecordings.Cases("good");

    public static IEnumerable<TheoryDataRow<string>> Crafted => JceksRecordings.Cases("crafted");

    public static IEnumerable<TheoryDataRow<string>> Foreign => JceksRecordings.Cases("foreign");

    public static IEnumerable<TheoryDataRow<string>> Rejected => JceksRecordings.Cases("rejected");

    public void Dispose() => _recordings.Dispose();

    [Theory]
    [MemberData(nameof(Good))]
    public async Task What_Hadoop_wrote_is_read_as_Hadoop_reads_it(string name)
    {
        JsonObject expected = _recordings.Take("good", name);
        await using IKeyProvider store = await _recordings.OpenAsync((string?)expected["password"]);
        await store.SelfTestAsync(Stop);
        int compared = 0;
        foreach (JsonObject key in expected["keys"]!.AsArray().Select(static key => key!.AsObject()))
        {
            // Hadoop takes the empty name and ones of 3000 characters; a name of ours has 1 to 255 bytes.
            if (!key.ContainsKey("versions") || !KeyName.TryParse((string?)key["name"], out KeyName keyName))
            {
                continue;
            }

            await CompareAsync(store, keyName, key);
            compared++;
        }

        Assert.True(compared > 0 || name == "no-keys", "nothing was compared");
    }

    [Theory]
    [MemberData(nameof(Crafted))]
    [MemberData(nameof(Foreign))]
    public async Task What_others_wrote_is_read_or_refused_as_Hadoop_does(string name)
    {
        string kind = name.StartsWith("keytool-", StringComparison.Ordinal) ? "foreign" : "crafted";
        JsonObject expected = _recordings.Take(kind, name);
        if (expected.ContainsKey("error"))
        {
            await Assert.ThrowsAsync<KmsException>(async () => await _recordings.OpenAsync((string?)expected["password"]));
            return;
        }

        await using IKeyProvider store = await _recordings.OpenAsync((string?)expected["password"]);

        // Hadoop opens it, so one entry that cannot be read keeps nobody from the others.
        await store.SelfTestAsync(Stop);
        int compared = 0;
        foreach ((string asked, JsonNode? answers) in expected.Where(static pair => pair.Value is JsonObject && pair.Key is not "after" && !pair.Key.Contains(' ', StringComparison.Ordinal)))
        {
            if (!asked.Equals(asked.ToLowerInvariant(), StringComparison.Ordinal))
            {
                continue;
            }

            if (answers!.AsObject().TryGetPropertyValue("version", out JsonNode? version) && asked.Contains('@', StringComparison.Ordinal))
            {
                await SameVersionAsync(version, async () => await store.FindVersionAsync(KeyVersionName.Parse(asked), Stop), asked);
                compared++;
            }
            else if (answers["metadata"] is JsonObject metadata)
            {
                if (metadata.ContainsKey("error"))
                {
                    // Hadoop's own defect, a null pointer for a certificate, is a clear refusal here as well.
                    await Assert.ThrowsAsync<KmsException>(async () => await store.FindMetadataAsync(KeyName.Parse(asked), Stop));
                }
                else
                {
                    await CompareMetadataAsync(store, KeyName.Parse(asked), metadata);
                }

                await SameVersionAsync(answers["current"], async () => await store.FindCurrentAsync(KeyName.Parse(asked), Stop), asked);
                compared++;
            }
            else if (answers.AsObject().ContainsKey("metadata"))
            {
                Assert.Null(await store.FindMetadataAsync(KeyName.Parse(asked), Stop));
                compared++;
            }
        }

        Assert.True(compared > 0, "nothing was compared");
    }

    [Theory]
    [MemberData(nameof(Rejected))]
    public async Task Damaged_and_foreign_files_are_refused_and_left_alone(string name)
    {
        JsonObject expected = _recordings.Take("rejected", name);
        byte[] before = await File.ReadAllBytesAsync(_recordings.Keystore, Stop);
        if (expected.ContainsKey("opens"))
        {
            await using IKeyProvider store = await _recordings.OpenAsync((string?)expected["password"]);
            await store.SelfTestAsync(Stop);
        }
        else
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await _recordings.OpenAsync((string?)expected["password"]));
            Assert.Equal(ErrorKind.StoreCorrupt, refused.Kind);
            Assert.Contains(_recordings.Keystore, refused.Message, StringComparison.Ordinal);
            bool wrongPassword = expected["error"]!.ToJsonString().Contains("password was incorrect", StringComparison.Ordinal);
            Assert.Equal(wrongPassword, refused.Message.Contains("Keystore was tampered with, or password was incorrect", StringComparison.Ordinal));
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(_recordings.Keystore, Stop));
    }

    [Theory]
    [InlineData("good", "attributes", "Key", "a-null", "Can't recover key a-null from file:{0}: in its description, 'x' is null", 9)]
    [InlineData("good", "names", "Version", "v@0", "Version v@0, the current one of its key, is not in the keystore", 29)]
    [InlineData("good", "names", "Entry", "", "The entry  is no key that can be listed or copied: it is empty", 29)]
    [InlineData("crafted", "entry-password-differs", "Version", "k@0", "Can't recover key k@0 from file:{0}: it does not open with the keystore's password", 0)]
    [InlineData("crafted", "json-array", "Key", "k", "Can't recover key k from file:{0}: its description is no JSON object", 0)]
    [InlineData("crafted", "json-versions-0", "Key", "k", "Key k has no versions by its description", 0)]
    [InlineData("crafted", "version-without-metadata", "Entry", "k@1", "The entry k@1 is no key that can be listed or copied: it is a version, and there is no entry k that describes its key", 0)]
    [InlineData("foreign", "keytool-keypass", "Entry", "testkey@0", "The entry testkey@0 is no key that can be listed or copied: it is a version, and there is no entry testkey that describes its key", 0)]
    public async Task A_check_names_each_entry_that_would_be_left_behind_and_goes_on(string kind, string name, string what, string subject, string message, int sound)
    {
        JsonObject expected = _recordings.Take(kind, name);
        await using IKeyProvider store = await _recordings.OpenAsync((string?)expected["password"]);
        CheckReport report = await store.Keeper!.CheckAsync(isDeep: true, null, Stop);
        StoreFailure found = Assert.Single(report.Failures, failure => failure.Kind == what && failure.Subject == subject);
        Assert.Equal(string.Format(System.Globalization.CultureInfo.InvariantCulture, message, _recordings.Keystore), found.Message);
        Assert.Equal(sound, report.Counts.Versions);
    }

    [Fact]
    public async Task A_gap_in_the_numbers_is_no_failure()
    {
        _recordings.Take("crafted", "gap");
        await using IKeyProvider store = await _recordings.OpenAsync("none");
        Assert.Empty((await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
    }

    [Fact]
    public async Task A_store_of_Hadoops_is_rolled_and_untouched_entries_stay_byte_for_byte()
    {
        JsonObject expected = _recordings.Take("good", "rolled-12");
        byte[] before = await File.ReadAllBytesAsync(_recordings.Keystore, Stop);
        KeyName key = KeyName.Parse("k");
        await using (IKeyProvider store = await _recordings.OpenAsync("none"))
        {
            using KeyVersion fresh = await store.RollAsync(key, null, null, Stop);
            Assert.Equal("k@13", fresh.Name.Value);
        }

        byte[] after = await File.ReadAllBytesAsync(_recordings.Keystore, Stop);
        foreach (JsonObject entry in expected["container"]!["entries"]!.AsArray().Select(static entry => entry!.AsObject()).Where(static entry => (string)entry["alias"]! != "k"))
        {
            byte[] alias = System.Text.Encoding.ASCII.GetBytes((string)entry["alias"]!);
            int length = 2 + alias.Length + 8 + (int)entry["bytes"]!;
            int at = before.AsSpan().IndexOf((byte[])[0, (byte)alias.Length, .. alias]);
            Assert.True(after.AsSpan().IndexOf(before.AsSpan(at, length)) > 0, $"{entry["alias"]} was sealed anew");
        }

        await using IKeyProvider again = await _recordings.OpenAsync("none");
        Assert.Equal(14, (await again.FindMetadataAsync(key, Stop))!.Versions);
    }

    [Fact]
    public async Task Keytool_reads_what_we_write()
    {
        Assert.SkipUnless(Peers.Has("keytool"), "no JDK's keytool on this machine");
        KeyName key = KeyName.Parse("made-by-us");
        await using (IKeyProvider store = await _recordings.OpenAsync("secret1"))
        {
            using SecretBytes material = SecretBytes.Random(16);
            (await store.CreateAsync(NewKey.Default(key) with { Material = material, Attributes = FrozenDictionary<string, string>.Empty }, Stop)).Dispose();
            (await store.RollAsync(key, null, null, Stop)).Dispose();
        }

        string listed = await Peers.RunAsync("keytool", ["-list", "-storetype", "jceks", "-keystore", _recordings.Keystore, "-storepass:env", "STOREPASS"], Stop, ("STOREPASS", "secret1"));
        Assert.Contains("made-by-us@0", listed, StringComparison.Ordinal);
        Assert.Contains("made-by-us@1", listed, StringComparison.Ordinal);
        Assert.Contains("contains 3 entries", listed, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_recordings.Keystore));
        }
    }

    [Fact]
    public async Task A_checksum_file_is_renewed_where_there_was_one_and_never_left_stale()
    {
        _recordings.Take("good", "one-key");
        string checksum = Path.Combine(Path.GetDirectoryName(_recordings.Keystore)!, ".kms.keystore.crc");
        await File.WriteAllBytesAsync(checksum, [1, 2, 3], Stop);
        await using IKeyProvider store = await _recordings.OpenAsync("none");
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("k2")), Stop)).Dispose();
        byte[] sums = await File.ReadAllBytesAsync(checksum, Stop);
        Assert.Equal("crc\0"u8.ToArray(), sums[..4]);
        Assert.Equal(8 + (4 * ((new FileInfo(_recordings.Keystore).Length + 511) / 512)), sums.Length);
    }

    [Fact]
    public async Task Names_that_fold_are_refused_in_every_operation()
    {
        await using IKeyProvider store = await _recordings.OpenAsync(null);
        KeyName upper = KeyName.Parse("UPPER");
        foreach (Func<Task> operation in new Func<Task>[]
        {
            async () => await store.CreateAsync(NewKey.Default(upper), Stop),
            async () => await store.RollAsync(upper, null, null, Stop),
            async () => await store.DeleteAsync(upper, Stop),
            async () => await store.FindMetadataAsync(upper, Stop),
            async () => await store.FindVersionAsync(KeyVersionName.Parse("UPPER@0"), Stop),
        })
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(operation);
            Assert.StartsWith("Uppercase key names are unsupported: UPPER", refused.Message, StringComparison.Ordinal);
        }

        foreach (JsonObject line in JceksRecordings.Lines("provider.jsonl").Where(static line => line["error"]?[0]?["message"]?.ToString().StartsWith("Uppercase", StringComparison.Ordinal) == true))
        {
            KeyName name = KeyName.Parse((string)line["step"]!["name"]!);
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await store.CreateAsync(NewKey.Default(name), Stop));
            Assert.Equal((string)line["error"]![0]!["message"]!, refused.Message);
        }
    }

    [Fact]
    public async Task A_key_whose_version_would_take_anothers_place_is_refused()
    {
        await using IKeyProvider store = await _recordings.OpenAsync(null);
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("v@0")), Stop)).Dispose();
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await store.CreateAsync(NewKey.Default(KeyName.Parse("v")), Stop));
        Assert.Equal(ErrorKind.KeyAlreadyExists, refused.Kind);
        using KeyVersion? kept = await store.FindVersionAsync(KeyVersionName.Parse("v@0@0"), Stop);
        Assert.NotNull(kept);
    }

    [Theory]
    [InlineData("pä55wörd")]
    [InlineData("a\u0001b")]
    public async Task A_password_that_a_JDK_cannot_seal_with_is_refused_at_once(string password)
    {
        KmsException refused = await Assert.ThrowsAnyAsync<KmsException>(async () => await _recordings.OpenAsync(password));
        Assert.Contains("Password is not ASCII", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_providers_on_one_file_see_each_others_writes_and_lose_none()
    {
        await using IKeyProvider one = await _recordings.OpenAsync(null);
        await using IKeyProvider two = await _recordings.OpenAsync(null);
        for (int i = 0; i < 4; i++)
        {
            (await (i % 2 == 0 ? one : two).CreateAsync(NewKey.Default(KeyName.Parse($"k{i}")), Stop)).Dispose();
        }

        for (int i = 0; i < 4; i++)
        {
            Assert.NotNull(await one.FindMetadataAsync(KeyName.Parse($"k{i}"), Stop));
            Assert.NotNull(await two.FindMetadataAsync(KeyName.Parse($"k{i}"), Stop));
        }
    }

    [Fact]
    public async Task Every_combination_of_leftovers_opens_as_Hadoop_opens_it_or_is_refused()
    {
        int opened = 0;
        foreach (JsonObject line in JceksRecordings.Lines("crash", "cases.jsonl").Where(static line => line["before"] is JsonObject && line["open on"] is null))
        {
            using JceksRecordings files = new();
            foreach ((string name, JsonNode? content) in line["before"]!.AsObject())
            {
                File.Copy(Path.Combine(JceksRecordings.Root, "crash", $"{content}.bin"), files.Keystore + name[1..]);
            }

            if (line["keys"] is not JsonArray keys)
            {
                await Assert.ThrowsAsync<KmsException>(async () => await files.OpenAsync(null));
            }
            else if (keys.Count == 0 && line["before"]!.AsObject().Count > 0)
            {
                // Hadoop opens an empty store beside leftovers that it cannot read; ours refuses.
                KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await files.OpenAsync(null));
                Assert.Equal(ErrorKind.StoreCorrupt, refused.Kind);
            }
            else
            {
                await using IKeyProvider store = await files.OpenAsync(null);
                List<string> found = await store.ListAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop);
                Assert.Equal(keys.Select(static key => (string)key!), found);
                string[] expectedFiles = [.. line["after"]!.AsObject().Select(static pair => pair.Key).Where(static name => !name.Contains("{ms}", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
                string[] actualFiles = [.. Directory.GetFiles(Path.GetDirectoryName(files.Keystore)!).Select(file => "P" + file[files.Keystore.Length..]).Where(static name => !name.Contains("CORRUPTED", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
                Assert.Equal(expectedFiles, actualFiles);
                opened++;
            }
        }

        Assert.Equal(JceksRecordings.Lines("crash", "cases.jsonl").Count(static line => line["open on"] is null && line["before"] is JsonObject && line["keys"] is JsonArray keys && (keys.Count > 0 || line["before"]!.AsObject().Count == 0)), opened);
    }

    private static async Task CompareAsync(IKeyProvider store, KeyName name, JsonObject expected)
    {
        await CompareMetadataAsync(store, name, expected);
        List<string> versions = [];
        await foreach (KeyVersion version in store.ListVersionsAsync(name, Stop))
        {
            using (version)
            using (SecretLease material = version.Material!.Open())
            {
                versions.Add($"{version.Name.Value} {Convert.ToHexStringLower(material.Span)}");
            }
        }

        Assert.Equal(expected["keyVersions"]!.AsArray().Select(static version => $"{version!["versionName"]} {version["material"]}"), versions);
        using KeyVersion? current = await store.FindCurrentAsync(name, Stop);
        Assert.Equal((string?)expected["current"], current?.Name.Value);
    }

    private static async Task CompareMetadataAsync(IKeyProvider store, KeyName name, JsonObject expected)
    {
        KeyMetadata? metadata = await store.FindMetadataAsync(name, Stop);
        Assert.NotNull(metadata);
        Assert.Equal((string?)expected["cipher"] ?? "", metadata.Cipher.Value);
        Assert.Equal((int)expected["bitLength"]!, metadata.BitLength);
        Assert.Equal((string?)expected["description"], metadata.Description);
        Assert.Equal((int)expected["versions"]!, metadata.Versions);
        Assert.Equal((long?)expected["created"] ?? 0, metadata.Created.ToUnixTimeMilliseconds());
        Assert.Equal(
            (expected["attributes"]?.AsObject() ?? []).Select(static pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal),
            metadata.Attributes.Select(static pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
    }

    private static async Task SameVersionAsync(JsonNode? expected, Func<Task<KeyVersion?>> read, string asked)
    {
        // A metadata entry or a key pair under a version's name: a class cast exception there, an unknown version here.
        if (expected?["error"]?[0]?["class"]?.ToString() == "java.lang.ClassCastException")
        {
            Assert.Null(await read());
            return;
        }

        if (expected is JsonObject refused && refused.ContainsKey("error"))
        {
            await Assert.ThrowsAsync<KmsException>(read);
            return;
        }

        using KeyVersion? version = await read();
        if (expected is null)
        {
            Assert.Null(version);
            return;
        }

        Assert.True(version is not null, $"{asked} was not found");
        using SecretLease material = version.Material!.Open();
        Assert.Equal((string?)expected["material"], Convert.ToHexStringLower(material.Span));
        Assert.Equal((string?)expected["versionName"], version.Name.Value);
    }
}
