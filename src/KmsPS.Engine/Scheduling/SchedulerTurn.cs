namespace KmsPS.Engine.Scheduling;

/// <summary>What one turn of the scheduler did.</summary>
/// <param name="WasLeader">Whether this server did it; otherwise another one does.</param>
/// <param name="Rolled">Keys that were rolled.</param>
/// <param name="Deleted">Keys that were deleted.</param>
/// <param name="Failed">Keys that were due and could not be changed.</param>
/// <param name="Why">Why the first of those could not be.</param>
public readonly record struct SchedulerTurn(bool WasLeader, int Rolled, int Deleted, int Failed, string? Why);
