using KmsPS.Engine.Providers.Sql;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>Store keys, before each reading of which something happens.</summary>
internal sealed class RestlessKeySource(IStoreKeySource inner) : IStoreKeySource
{
    public Func<Task>? BeforeReading { get; set; }

    public string Place => inner.Place;

    public bool IsSettled => inner.IsSettled;

    public ValueTask<StoreKey> CreateAsync(CancellationToken cancellationToken) => inner.CreateAsync(cancellationToken);

    public ValueTask SettleAsync(CancellationToken cancellationToken) => inner.SettleAsync(cancellationToken);

    public async ValueTask<IReadOnlyList<StoreKey>> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<StoreKey> keys = await inner.ReadAsync(cancellationToken);
        if (BeforeReading is { } happening)
        {
            await happening();
        }

        return keys;
    }

    public IDisposable Lock() => inner.Lock();

    public ValueTask<StoreKey> AddAsync(CancellationToken cancellationToken) => inner.AddAsync(cancellationToken);

    public ValueTask<int> KeepAsync(IReadOnlySet<string> listed, CancellationToken cancellationToken) => inner.KeepAsync(listed, cancellationToken);

    public void Dispose() => inner.Dispose();
}
