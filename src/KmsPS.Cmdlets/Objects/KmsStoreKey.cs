using KmsPS.Engine.Providers;

namespace KmsPS;

/// <summary>What replacing the store key did.</summary>
public sealed class KmsStoreKey
{
    internal KmsStoreKey(RekeyReport report, string provider)
    {
        StoreKeyId = report.StoreKeyId;
        KeyFile = report.KeyFile;
        Finished = report.IsFinished;
        Resumed = report.IsResumed;
        Resealed = report.Resealed;
        Retired = [.. report.Retired];
        Provider = provider;
    }

    /// <summary>The new store key's id, 32 hexadecimal digits.</summary>
    public string StoreKeyId { get; }

    /// <summary>The file that it lies in.</summary>
    public string KeyFile { get; }

    /// <summary>Whether the old store key is retired.</summary>
    public bool Finished { get; }

    /// <summary>Whether an interrupted replacement was ended, and no new key made.</summary>
    public bool Resumed { get; }

    /// <summary>Rows that were sealed anew.</summary>
    public long Resealed { get; }

    /// <summary>Ids of the store keys that were replaced; they lie in the key file's neighbour with <c>.retired</c> behind its name.</summary>
    public string[] Retired { get; }

    /// <summary>The connection.</summary>
    public string Provider { get; }

    /// <summary>The id.</summary>
    public override string ToString() => StoreKeyId;
}
