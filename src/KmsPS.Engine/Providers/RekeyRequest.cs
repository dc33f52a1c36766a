namespace KmsPS.Engine.Providers;

/// <summary>How the store key is to be replaced.</summary>
/// <param name="StageOnly">Only make the new key, in the key file, so that the file can be copied to other servers first.</param>
/// <param name="StagedKeyId">Use the key of this id, which was staged before: 32 hexadecimal digits.</param>
/// <param name="IsOnlyServer">Nobody else uses a database that several servers could share, so nothing need be copied first.</param>
public sealed record RekeyRequest(bool StageOnly = false, string? StagedKeyId = null, bool IsOnlyServer = false);

/// <summary>What a rotation of the store key did.</summary>
/// <param name="StoreKeyId">The new key's id.</param>
/// <param name="KeyFile">The file that it lies in.</param>
/// <param name="Retired">Ids of the keys that it replaced; nothing is sealed under them any more.</param>
/// <param name="Resealed">Rows that were sealed anew.</param>
/// <param name="IsResumed">Whether an interrupted rotation was ended, and no new key made.</param>
/// <param name="IsFinished">Whether the old key is retired.</param>
/// <param name="Failures">Rows that could not be opened; as long as there are any, the old key stays.</param>
public sealed record RekeyReport(
    string StoreKeyId,
    string KeyFile,
    IReadOnlyList<string> Retired,
    long Resealed,
    bool IsResumed,
    bool IsFinished,
    IReadOnlyList<StoreFailure> Failures);
