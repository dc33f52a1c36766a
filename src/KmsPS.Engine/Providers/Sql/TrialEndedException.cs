namespace KmsPS.Engine.Providers.Sql;

/// <summary>Ends a write that was only a trial, so that it is rolled back.</summary>
internal sealed class TrialEndedException() : Exception("The trial is over; nothing was written.");
