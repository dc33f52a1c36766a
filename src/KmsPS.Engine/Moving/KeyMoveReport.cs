using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Moving;

/// <summary>What a copy of one key comes to.</summary>
public enum KeyMoveAction
{
    /// <summary>The key is not there: all its versions are copied.</summary>
    Create,

    /// <summary>The key is there with its older versions, all equal: the newer ones are copied.</summary>
    Extend,

    /// <summary>The key is there and equal: nothing is done.</summary>
    Skip,

    /// <summary>The key is there and another one: nothing is done, and a person has to look.</summary>
    Conflict,

    /// <summary>The destination cannot hold the key as it is, or one of the sides has no room for what limits it: nothing is done.</summary>
    Refuse,
}

/// <summary>What was found of one key, and what was done or would be.</summary>
/// <param name="Key">The key.</param>
/// <param name="Action">What a copy comes to.</param>
/// <param name="Versions">Versions of the key at the source.</param>
/// <param name="Missing">How many of them were missing at the destination.</param>
/// <param name="Verified">How many EEKs were decrypted on both sides, one for each version; 0 where nothing was verified.</param>
/// <param name="Difference">What is different, for a conflict, or why the key is refused. Names no material.</param>
public sealed record KeyMoveReport(KeyName Key, KeyMoveAction Action, int Versions, int Missing, int Verified = 0, string? Difference = null);
