namespace KmsPS.Engine.Providers;

/// <summary>How far a long piece of work on a store has come.</summary>
/// <param name="Activity">What is done now, in a few words.</param>
/// <param name="Done">Rows that are done.</param>
/// <param name="Total">Rows that there are, as counted at the start.</param>
public sealed record StoreProgress(string Activity, long Done, long Total);
