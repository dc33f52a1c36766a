using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Keys;

/// <summary>What a store that cannot hold every key as it is says of one. Nothing is changed by asking.</summary>
/// <remarks>INVARIANT: an import refuses by the same answer, so that a census and the copy after it agree.</remarks>
public interface IKeyFormat
{
    /// <summary>Why the key cannot be taken over as it is, or <see langword="null"/>.</summary>
    /// <param name="image">The key, still owned by the caller. Its material is not looked at.</param>
    /// <param name="known">How many of its versions, the oldest, the store has already.</param>
    KmsException? Refusal(KeyImage image, int known);
}
