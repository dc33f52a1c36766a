using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Jceks;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Jceks;

/// <summary>The file is replaced as a whole, so whoever holds an old one and takes it for the new would undo what was written between.</summary>
public sealed class JceksRaceTests : IDisposable
{
    private const int Keys = 40;
    private readonly JceksRecordings _files = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Who_reads_while_others_write_undoes_nothing()
    {
        await using IKeyProvider first = await _files.OpenAsync("none");
        await using IKeyProvider second = await _files.OpenAsync("none");
        using CancellationTokenSource written = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task[] readers = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() => ReadAsync(i % 2 == 0 ? first : second, written.Token), Stop))];
        for (int i = 0; i < Keys; i++)
        {
            KeyName name = KeyName.Parse($"k{i}");
            (await (i % 3 == 0 ? second : first).CreateAsync(NewKey.Default(name), Stop)).Dispose();
        }

        await written.CancelAsync();
        await Task.WhenAll(readers);
        await using IKeyProvider again = await _files.OpenAsync("none");
        Assert.Equal(Enumerable.Range(0, Keys).Select(static i => $"k{i}").Order(StringComparer.Ordinal), (await again.ListNamesAsync(Stop).ToListAsync(Stop)).Select(static name => name.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Servers_that_write_at_once_wait_for_each_other()
    {
        await using IKeyProvider first = await _files.OpenAsync("none");
        await using IKeyProvider second = await _files.OpenAsync("none");
        KeyName name = KeyName.Parse("k");
        (await first.CreateAsync(NewKey.Default(name), Stop)).Dispose();
        string[] versions = await Task.WhenAll(Enumerable.Range(0, Keys).Select(i => Task.Run(() => RollAsync(i % 2 == 0 ? first : second, name), Stop)));
        Assert.Equal(Enumerable.Range(1, Keys).Select(static i => $"k@{i}").Order(StringComparer.Ordinal), versions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_server_that_goes_on_writing_is_told_of_after_half_a_minute()
    {
        ManualTime time = new();
        using SecretBytes password = SecretBytes.CopyOf("none"u8);
        JceksFile file = new(_files.Keystore, password, time, isTrial: false);
        FileStream held = await file.LockAsync(Stop);
        Task<FileStream> waiting = file.LockAsync(Stop).AsTask();
        time.Advance(TimeSpan.FromSeconds(29));
        await Task.Delay(50, Stop);
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        KmsException late = await Assert.ThrowsAsync<KmsException>(() => waiting);
        Assert.Equal((ErrorKind.StoreUnavailable, true), (late.Kind, late.IsTransient));
        Assert.Contains("another server has been writing it for 30 s", late.Message, StringComparison.Ordinal);
        await held.DisposeAsync();
        await (await file.LockAsync(Stop)).DisposeAsync();
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_read_is_not_taken_for_the_new_one()
    {
        await using IKeyProvider store = await _files.OpenAsync("none");
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop)).Dispose();
        using SecretBytes password = SecretBytes.CopyOf("none"u8);
        IReadOnlyList<JavaKeyStoreEntry> entries = JavaKeyStoreFile.Read(await File.ReadAllBytesAsync(_files.Keystore, Stop), password);
        JavaKeyStoreEntry version = entries.Single(static entry => entry.Alias == "k@0");

        // So many that reading takes a while.
        JavaKeyStoreEntry[] before = [.. entries, .. Enumerable.Range(0, 5000).Select(i => version with { Alias = $"old{i}@0" })];
        byte[] old = JavaKeyStoreFile.Write(before, password);
        byte[] fresh = JavaKeyStoreFile.Write([.. before, version with { Alias = "late@0" }], password);
        for (int i = 0; i < 40; i++)
        {
            await ReplaceAsync(old);
            Task reader = Task.Run(() => store.FindVersionAsync(KeyVersionName.Parse("nobody@0"), Stop).AsTask(), Stop);
            Thread.Sleep(TimeSpan.FromMilliseconds(i / 2));
            await ReplaceAsync(fresh);
            await reader;
            using KeyVersion? late = await store.FindVersionAsync(KeyVersionName.Parse("late@0"), Stop);
            Assert.NotNull(late);
        }
    }

    // As every writer of keystores does it.
    private async Task ReplaceAsync(byte[] content)
    {
        await File.WriteAllBytesAsync(_files.Keystore + ".fresh", content, Stop);
        File.Move(_files.Keystore + ".fresh", _files.Keystore, overwrite: true);
    }

    private static async Task<string> RollAsync(IKeyProvider store, KeyName name)
    {
        using KeyVersion rolled = await store.RollAsync(name, null, null, Stop);
        return rolled.Name.Value;
    }

    private static async Task ReadAsync(IKeyProvider store, CancellationToken written)
    {
        while (!written.IsCancellationRequested)
        {
            await store.FindMetadataAsync(KeyName.Parse("nobody"), Stop);
        }
    }
}
