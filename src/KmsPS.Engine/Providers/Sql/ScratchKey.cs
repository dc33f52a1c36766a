using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>The store key of a store that is thrown away: it never leaves memory, so what is left on the disk opens for nobody.</summary>
internal sealed class ScratchKey : IStoreKeySource
{
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(StoreKey.IdLength);
    private readonly SecretBytes _key = SecretBytes.Random(KeySealer.KeyLength);

    public string Place => "memory";

    public bool IsSettled { get; private set; }

    public ValueTask<StoreKey> CreateAsync(CancellationToken cancellationToken) => new(new StoreKey(_id, _key.Share()));

    public ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        IsSettled = true;
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoreKey>> ReadAsync(CancellationToken cancellationToken) => new([new StoreKey(_id, _key.Share())]);

    public IDisposable Lock() => throw Refusal();

    public ValueTask<StoreKey> AddAsync(CancellationToken cancellationToken) => throw Refusal();

    public ValueTask<int> KeepAsync(IReadOnlySet<string> listed, CancellationToken cancellationToken) => throw Refusal();

    public void Dispose() => _key.Dispose();

    private static KmsException Refusal() => new(ErrorKind.Unsupported, "A store that is thrown away keeps its first store key", "Rotate the store key of a store that stays.");
}
