using System.Runtime.CompilerServices;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Fakes;

/// <summary>How a call fails.</summary>
public enum Fault
{
    /// <summary>Nothing happened, and the caller is told so.</summary>
    Before,

    /// <summary>It happened, and the caller is told of a failure: a lost answer.</summary>
    After,

    /// <summary>It happens late.</summary>
    Delay,
}

/// <summary>Any provider, whose N-th call goes wrong. Calls are counted from 1; each method counts once, a listing when it begins.</summary>
public sealed class FaultyKeyProvider(IKeyProvider inner, int failing = 0, Fault fault = Fault.Before) : IKeyProvider, IKeyLifecycle, IChangeSource
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Whether the call that fails was made.</summary>
    public bool HasFailed => fault != Fault.Delay && failing > 0 && Calls >= failing;

    /// <summary>What every call waits for before it begins: a store that says nothing.</summary>
    public Task Silence { get; set; } = Task.CompletedTask;

    public ProviderUri Uri => inner.Uri;

    private IKeyLifecycle Lifecycle => (IKeyLifecycle)inner;

    private ISoftDelete Trash => (ISoftDelete)inner;

    public static KmsException Failure() => new(ErrorKind.StoreUnavailable, "The store failed on purpose.", null, isTransient: true);

    public int SlotOf(KeyName key) => inner is IChangeSource changes ? changes.SlotOf(key) : 0;

    public long ReadStamp(int slot) => inner is IChangeSource changes ? changes.ReadStamp(slot) : 0;

    public long ReadReplacements(int slot) => inner is IChangeSource changes ? changes.ReadReplacements(slot) : 0;

    public long ReadRemovals(int slot) => inner is IChangeSource changes ? changes.ReadRemovals(slot) : 0;

    public ValueTask SelfTestAsync(CancellationToken cancellationToken) => RunAsync(() => inner.SelfTestAsync(cancellationToken));

    public ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => inner.FindMetadataAsync(key, cancellationToken));

    public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) => RunAsync(() => inner.FindOwnerAsync(version, cancellationToken));

    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) => RunAsync(() => inner.FindVersionAsync(version, cancellationToken));

    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => inner.FindCurrentAsync(key, cancellationToken));

    public IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, CancellationToken cancellationToken) => ListAsync(inner.ListVersionsAsync(key, cancellationToken), cancellationToken);

    public IAsyncEnumerable<KeyMetadata> ListAsync(CancellationToken cancellationToken) => ListAsync(inner.ListAsync(cancellationToken), cancellationToken);

    public IAsyncEnumerable<KeyMetadata> ListDeletedAsync(CancellationToken cancellationToken) => ListAsync(Trash.ListDeletedAsync(cancellationToken), cancellationToken);

    public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken) => RunAsync(() => inner.CreateAsync(key, cancellationToken));

    public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken) =>
        RunAsync(() => inner.RollAsync(key, material, expectedCurrent, cancellationToken));

    public ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken) => RunAsync(() => inner.ImportAsync(image, known, cancellationToken));

    public ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => inner.DeleteAsync(key, cancellationToken));

    public ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => Trash.FindDeletedAsync(key, cancellationToken));

    public ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => Trash.RestoreAsync(key, cancellationToken));

    public ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => Trash.PurgeAsync(key, cancellationToken));

    public ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => Lifecycle.FindLifecycleAsync(key, cancellationToken));

    public ValueTask<KeyImage?> ReadImageAsync(KeyName key, CancellationToken cancellationToken) => RunAsync(() => Lifecycle.ReadImageAsync(key, cancellationToken));

    public ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken) => RunAsync(() => Lifecycle.ChangeAsync(change, cancellationToken));

    public IAsyncEnumerable<KeyMetadata> ListDueAsync(DateTimeOffset by, CancellationToken cancellationToken) => ListAsync(Lifecycle.ListDueAsync(by, cancellationToken), cancellationToken);

    // Not a call: a use is noted in memory.
    public void NoteUse(KeyVersionName version) => (inner as IKeyLifecycle)?.NoteUse(version);

    public ValueTask FlushUsesAsync(CancellationToken cancellationToken) => RunAsync(() => Lifecycle.FlushUsesAsync(cancellationToken));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask RunAsync(Func<ValueTask> call) => await RunAsync(async () =>
    {
        await call();
        return true;
    });

    private async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> call)
    {
        bool mine = Interlocked.Increment(ref _calls) == failing;
        if (mine && fault == Fault.Before)
        {
            throw Failure();
        }

        if (mine && fault == Fault.Delay)
        {
            await Task.Delay(20);
        }

        await Silence;
        T result = await call();
        if (mine && fault == Fault.After)
        {
            (result as IDisposable)?.Dispose();
            throw Failure();
        }

        return result;
    }

    private async IAsyncEnumerable<T> ListAsync<T>(IAsyncEnumerable<T> all, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync(static () => new ValueTask<bool>(true));
        await foreach (T each in all.WithCancellation(cancellationToken))
        {
            yield return each;
        }
    }
}
