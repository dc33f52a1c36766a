namespace KmsPS.Engine.Providers;

/// <summary>What there is in a store or a backup.</summary>
/// <param name="Names">Names that were ever used.</param>
/// <param name="Keys">Keys, deleted ones included.</param>
/// <param name="Versions">Their versions.</param>
/// <param name="State">Records that servers share.</param>
public sealed record StoreCounts(long Names, long Keys, long Versions, long State);
