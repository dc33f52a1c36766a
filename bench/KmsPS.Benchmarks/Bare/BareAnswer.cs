namespace KmsPS.Benchmarks.Bare;

/// <summary>What the bare endpoint says to everything.</summary>
internal sealed record BareAnswer(Dictionary<string, string> Headers, byte[] Body);
