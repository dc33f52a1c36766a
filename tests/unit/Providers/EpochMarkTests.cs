using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>What a machine remembers of a store's epoch, however many servers remember it.</summary>
public sealed class EpochMarkTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Path => _directory.File("kms.db-epoch");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Of_many_that_write_at_once_the_highest_stays()
    {
        await Parallel.ForEachAsync(Enumerable.Range(1, 200).Select(static i => i * 37 % 211), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop }, async (epoch, stop) =>
        {
            EpochMark mark = new(Path);
            await mark.RaiseAsync("store", epoch, stop);
            Assert.InRange(mark.Read("store"), epoch, 210);
        });
        Assert.Equal(210, new EpochMark(Path).Read("store"));
        Assert.Equal(["kms.db-epoch", "kms.db-epoch.lock"], Directory.EnumerateFiles(_directory.Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Another_stores_epoch_is_none_of_this_ones()
    {
        EpochMark mark = new(Path);
        Assert.Equal(0, mark.Read("store"));
        await mark.RaiseAsync("store", 7, Stop);
        Assert.Equal((7, 0), (mark.Read("store"), mark.Read("other")));
        await mark.RaiseAsync("other", 2, Stop);
        Assert.Equal((0, 2), (mark.Read("store"), mark.Read("other")));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_told_of_at_once()
    {
        EpochMark mark = new(System.IO.Path.Combine(Path, "none", "epoch"));
        Assert.Equal(0, mark.Read("store"));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await mark.RaiseAsync("store", 2, Stop));
        Assert.Equal(ErrorKind.StoreUnavailable, refused.Kind);
        Assert.Contains("remembers the store's epoch", refused.Message, StringComparison.Ordinal);
    }
}
