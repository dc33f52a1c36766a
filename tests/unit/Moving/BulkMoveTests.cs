using System.Diagnostics;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers.Jceks;
using KmsPS.Tests.Providers.Keeping;

namespace KmsPS.Tests.Moving;

/// <summary>Many keys at a time into a Java keystore, which is replaced as a whole: some hundred share a file, and each is answered for itself.</summary>
public sealed class BulkMoveTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly JceksRecordings _keystore = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Source => _directory.File("kms.db");

    public void Dispose()
    {
        _keystore.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Of_many_at_once_each_is_answered_for_itself_and_is_on_the_disk_when_it_is()
    {
        await using IKeyProvider source = await KeptStore.OpenAsync(Source);
        await using IKeyProvider keystore = await _keystore.OpenAsync("none");
        (await keystore.CreateAsync(NewKey.Default(KeyName.Parse("k7")), Stop)).Dispose();
        string[] names = [.. Enumerable.Range(0, 40).Select(static i => $"k{i}")];
        int alone = 0;
        long length = 0;
        ErrorKind?[] ends = await Task.WhenAll(names.Select(async name =>
        {
            KeyName key = KeyName.Parse(name);
            using KeyVersion made = await source.CreateAsync(NewKey.Default(key), Stop);
            using KeyImage image = new((await source.FindMetadataAsync(key, Stop))!, [made.Share()]);
            try
            {
                await keystore.ImportAsync(image, 0, Stop);
                long now = new FileInfo(_keystore.Keystore).Length;
                Interlocked.Add(ref alone, Interlocked.Exchange(ref length, now) == now ? 0 : 1);
                return (ErrorKind?)null;
            }
            catch (KmsException refusal)
            {
                Assert.Contains("k7", refusal.Message, StringComparison.Ordinal);
                return refusal.Kind;
            }
        }));
        Assert.Equal(names.Select(static name => name == "k7" ? ErrorKind.KeyAlreadyExists : (ErrorKind?)null), ends);
        Assert.InRange(alone, 1, 20);
        await using IKeyProvider again = await _keystore.OpenAsync("none");
        Assert.Equal(40, await again.ListNamesAsync(Stop).CountAsync(Stop));
    }

    [Fact]
    public async Task A_move_that_is_killed_between_two_files_goes_on_with_what_is_missing()
    {
        SortedDictionary<string, string> expected = await MakeAsync();
        HashSet<string> answered = [];
        for (int round = 0; round < 3; round++)
        {
            using Process child = Start(Writer, Source, "move", _keystore.Keystore);
            Assert.Equal("! open", await child.StandardOutput.ReadLineAsync(Stop));

            // The first line of a file is there; the next file is not.
            answered.Add(await child.StandardOutput.ReadLineAsync(Stop) ?? "");
            child.Kill();
            answered.UnionWith(await RestAsync(child));
            Assert.True(round > 0 || !answered.Contains("! done"), "it was done before it could be killed");
            await AllThereAsync(answered);
        }

        await FinishAsync(expected);
    }

    [Theory]
    [InlineData("rename,renameat2")]
    [InlineData("fsync,fdatasync")]
    [InlineData("unlink,unlinkat")]
    public async Task A_move_that_is_killed_while_it_replaces_the_file_leaves_a_good_one(string calls)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        SortedDictionary<string, string> expected = await MakeAsync();
        (await (await _keystore.OpenAsync("none")).CreateAsync(NewKey.Default(KeyName.Parse("before")), Stop)).Dispose();
        using Process child = Start("/usr/bin/strace", "-f", "-qq", "--seccomp-bpf", "-o", _directory.File("trace"), "-e", $"trace={calls}", "-e", $"inject={calls}:signal=SIGKILL:when=1", Writer, Source, "move", _keystore.Keystore);
        HashSet<string> answered = await RestAsync(child);
        Assert.DoesNotContain("! done", answered);
        await AllThereAsync([.. answered, "! move before"]);
        await using (IKeyProvider keystore = await _keystore.OpenAsync("none"))
        {
            await keystore.DeleteAsync(KeyName.Parse("before"), Stop);
        }

        await FinishAsync(expected);
    }

    private async Task<SortedDictionary<string, string>> MakeAsync()
    {
        await using IKeyProvider source = await KeptStore.OpenAsync(Source);
        for (int i = 0; i < 100; i++)
        {
            (await source.CreateAsync(NewKey.Default(KeyName.Parse($"k{i}")), Stop)).Dispose();
        }

        return await KeptStore.ReadAsync(source);
    }

    private async Task AllThereAsync(HashSet<string> answered)
    {
        await using IKeyProvider found = await _keystore.OpenAsync("none");
        HashSet<string> there = [.. (await found.ListNamesAsync(Stop).ToListAsync(Stop)).Select(static name => $"! move {name.Value}")];
        Assert.Subset(there, answered.Where(static line => line.StartsWith("! move", StringComparison.Ordinal)).ToHashSet());
    }

    private async Task FinishAsync(SortedDictionary<string, string> expected)
    {
        using Process child = Start(Writer, Source, "move", _keystore.Keystore);
        Assert.Contains("! done", await RestAsync(child));
        await using IKeyProvider complete = await _keystore.OpenAsync("none");
        Assert.Equal(expected, await KeptStore.ReadAsync(complete));
    }

    private static string Writer => Path.Combine(AppContext.BaseDirectory, "KmsPS.CrashWriter");

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })
        ?? throw new InvalidOperationException($"{program} did not start.");

    // What it says until it ends; what a kill cut off was not answered.
    private static async Task<HashSet<string>> RestAsync(Process child)
    {
        string[] lines = (await child.StandardOutput.ReadToEndAsync(Stop)).Split('\n');
        await child.WaitForExitAsync(Stop);
        return [.. lines[..^1]];
    }
}
