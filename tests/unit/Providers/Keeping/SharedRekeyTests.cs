using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>The store key of a database that several machines share: each has a copy of the key file, and none is left behind silently.</summary>
public sealed class SharedRekeyTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _one = new();
    private readonly TemporaryDirectory _other = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string OneFile => _one.File("kms.key");

    private string OtherFile => _other.File("kms.key");

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task A_staged_and_copied_key_is_taken_up_by_a_running_server_under_load()
    {
        (IKeyProvider one, IKeyProvider other) = await OpenBothAsync();
        await using IKeyProvider first = one;
        await using IKeyProvider second = other;
        SortedDictionary<string, string> expected = await KeptStore.FillAsync(one);
        KmsException early = await Assert.ThrowsAsync<KmsException>(async () => await one.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop));
        Assert.Equal(ErrorKind.Conflict, early.Kind);
        Assert.Contains("-Stage", early.Remedy, StringComparison.Ordinal);
        RekeyReport staged = await one.Keeper!.RekeyAsync(new RekeyRequest(StageOnly: true), null, Stop);
        File.Copy(OneFile, OtherFile, overwrite: true);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        TaskCompletionSource[] began = [.. Enumerable.Range(0, 4).Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        Task[] work = [.. began.Select((first, worker) => Task.Run(() => RollAsync(other, $"load{worker}", first, done.Token), Stop))];
        await Task.WhenAny([Task.WhenAll(began.Select(static each => each.Task)), .. work]);
        RekeyReport report = await one.Keeper!.RekeyAsync(new RekeyRequest(StagedKeyId: staged.StoreKeyId), null, Stop);
        await done.CancelAsync();
        await Task.WhenAll(work);
        Assert.Equal((staged.StoreKeyId, true), (report.StoreKeyId, report.IsFinished));
        SortedDictionary<string, string> found = await KeptStore.ReadAsync(other);
        Assert.All(expected, pair => Assert.Equal(pair.Value, found[pair.Key]));
        Assert.Equal(found, await KeptStore.ReadAsync(one));
    }

    [Fact]
    public async Task A_server_without_the_new_key_says_so_and_needs_no_restart()
    {
        (IKeyProvider one, IKeyProvider other) = await OpenBothAsync();
        await using IKeyProvider first = one;
        await using IKeyProvider second = other;
        SortedDictionary<string, string> expected = await KeptStore.FillAsync(one);
        Assert.True((await one.Keeper!.RekeyAsync(new RekeyRequest(IsOnlyServer: true), null, Stop)).IsFinished);
        KmsException read = await Assert.ThrowsAnyAsync<KmsException>(async () => (await other.FindCurrentAsync(KeyName.Parse("key1"), Stop))?.Dispose());
        KmsException write = await Assert.ThrowsAnyAsync<KmsException>(async () => (await other.RollAsync(KeyName.Parse("key1"), null, null, Stop)).Dispose());
        Assert.All([read, write], failure =>
        {
            Assert.Equal((ErrorKind.StoreUnavailable, true), (failure.Kind, failure.IsTransient));
            Assert.Contains($"{OtherFile} does not hold it", failure.Message, StringComparison.Ordinal);
        });
        File.Copy(OneFile, OtherFile, overwrite: true);
        Assert.Equal(expected, await KeptStore.ReadAsync(other));
        (await other.RollAsync(KeyName.Parse("key1"), null, null, Stop)).Dispose();
    }

    // Rolls before, during and after the rotation; a roll that fails fails the test.
    private static async Task RollAsync(IKeyProvider store, string name, TaskCompletionSource began, CancellationToken done)
    {
        KeyName key = KeyName.Parse(name);
        (await store.CreateAsync(NewKey.Default(key), Stop)).Dispose();
        while (!done.IsCancellationRequested)
        {
            (await store.RollAsync(key, null, null, Stop)).Dispose();
            began.TrySetResult();
        }

        (await store.RollAsync(key, null, null, Stop)).Dispose();
    }

    private async Task<(IKeyProvider One, IKeyProvider Other)> OpenBothAsync()
    {
        string uri = await server.CreateDatabaseAsync();
        IKeyProvider one = await PostgresStores.OpenAsync(uri, OneFile, Stop);
        File.Copy(OneFile, OtherFile);
        return (one, await PostgresStores.OpenAsync(uri, OtherFile, Stop));
    }
}
