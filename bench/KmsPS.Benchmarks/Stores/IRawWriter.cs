namespace KmsPS.Benchmarks.Stores;

/// <summary>One writer that does without us what making a key is compared with; one commit that is on the disk for each call.</summary>
internal interface IRawWriter : IAsyncDisposable
{
    Task InsertAsync();
}
