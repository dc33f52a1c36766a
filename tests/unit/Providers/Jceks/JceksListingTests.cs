using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Providers.Remote;

namespace KmsPS.Tests.Providers.Jceks;

/// <summary>
/// A keystore with a description that does not open: its names are listed as Hadoop lists them, described are the others, and over HTTP
/// a request that describes the damaged one fails as a stock server's does.
/// </summary>
public sealed class JceksListingTests : IDisposable
{
    private readonly JceksRecordings _keystore = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _keystore.Dispose();

    [Fact]
    public async Task Every_sound_key_is_described_and_the_damaged_ones_are_told_behind_them()
    {
        await using IKeyProvider store = await DamagedAsync();
        Assert.Equal(["a", "b", "c", "d"], await store.ListNamesAsync(Stop).Select(static name => name.Value).ToListAsync(Stop));
        List<string> listed = [];
        UnreadableKeysException behind = await Assert.ThrowsAsync<UnreadableKeysException>(async () =>
        {
            await foreach (KeyMetadata key in store.ListAsync(Stop))
            {
                listed.Add(key.Name.Value);
            }
        });
        Assert.Equal(["a", "d"], listed);
        Assert.Equal(["b", "c"], behind.Failures.Select(static failure => failure.Subject));
        Assert.All(behind.Failures, failure =>
        {
            Assert.Contains($"Can't recover key {failure.Subject} from file:{_keystore.Keystore}", failure.Message, StringComparison.Ordinal);
            Assert.Contains("Test-KmsKeyStore -Deep", failure.Remedy, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Over_HTTP_names_are_listed_and_descriptions_refused_together()
    {
        await using IKeyProvider store = await DamagedAsync();
        await using RestHost host = await RestHost.StartAsync(store, isTls: false);
        await using RemoteKms server = new(ProviderUri.Parse(host.Uri("http")), new RemoteOptions { Credential = new SimpleCredential("alice") });
        IReadOnlyList<KeyName> names = await (await server.GetKeyNamesAsync(Stop)).ToListAsync(Stop);
        Assert.Equal(["a", "b", "c", "d"], names.Select(static name => name.Value));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await server.GetKeysMetadataAsync(names, Stop));
        Assert.Contains("Can't recover key b from", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await server.GetKeysMetadataAsync([names[0], names[3]], Stop)).Count);

        // Whoever lists keys over the server gets each that it can describe.
        List<string> listed = [];
        UnreadableKeysException behind = await Assert.ThrowsAsync<UnreadableKeysException>(async () =>
        {
            await foreach (KeyMetadata key in await server.GetKeysAsync(KeyListing.InUse, Stop))
            {
                listed.Add(key.Name.Value);
            }
        });
        Assert.Equal(["a", "d"], listed);
        Assert.Equal(["b", "c"], behind.Failures.Select(static failure => failure.Subject));
    }

    [Theory]
    [InlineData("keytool-plain-alias", "testkey1,testkey2")]
    [InlineData("keytool-pairs", "")]
    public async Task A_secret_key_without_a_description_is_told_and_a_certificate_is_not(string foreign, string told)
    {
        string password = _keystore.Take("foreign", foreign)["password"]!.GetValue<string>();
        await using IKeyProvider store = await _keystore.OpenAsync(password);
        try
        {
            Assert.Empty(await store.ListAsync(Stop).ToListAsync(Stop));
            Assert.Equal("", told);
        }
        catch (UnreadableKeysException behind)
        {
            Assert.Equal(told, string.Join(',', behind.Failures.Select(static failure => failure.Subject)));
            Assert.All(behind.Failures, static failure => Assert.Contains("non-Hadoop method", failure.Message, StringComparison.Ordinal));
        }
    }

    private async Task<IKeyProvider> DamagedAsync()
    {
        await using (IKeyProvider made = await _keystore.OpenAsync("none"))
        {
            foreach (string name in (string[])["a", "b", "c", "d"])
            {
                (await made.CreateAsync(NewKey.Default(KeyName.Parse(name)), Stop)).Dispose();
            }
        }

        // Half of a surrogate pair is no text in any JSON; the other description is not JSON at all.
        using SecretBytes password = SecretBytes.CopyOf("none"u8);
        IReadOnlyList<JavaKeyStoreEntry> entries = JavaKeyStoreFile.Read(await File.ReadAllBytesAsync(_keystore.Keystore, Stop), password);
        await File.WriteAllBytesAsync(_keystore.Keystore, JavaKeyStoreFile.Write(entries.Select(entry => entry.Alias switch
        {
            "b" => entry with { Body = Sealed("{\"description\":\"\\ud800\"}"u8) },
            "c" => entry with { Body = Sealed("nothing"u8) },
            _ => entry,
        }), password), Stop);
        return await _keystore.OpenAsync("none");

        ReadOnlyMemory<byte> Sealed(ReadOnlySpan<byte> json) => KeyProtector.Seal(JavaStreamWriter.KeyMetadata(json), password, 10_000);
    }
}
