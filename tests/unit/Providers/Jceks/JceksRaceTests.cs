using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

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

    private static async Task ReadAsync(IKeyProvider store, CancellationToken written)
    {
        while (!written.IsCancellationRequested)
        {
            await store.FindMetadataAsync(KeyName.Parse("nobody"), Stop);
        }
    }
}
