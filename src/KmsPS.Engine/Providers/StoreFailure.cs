namespace KmsPS.Engine.Providers;

/// <summary>One row, file or page of a store that is not what it should be.</summary>
/// <param name="Kind">What it is: <c>Key</c>, <c>Version</c>, <c>Name</c>, <c>State</c>, <c>Page</c> and so on.</param>
/// <param name="Subject">Which: the name of the key or the version, printable.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record StoreFailure(string Kind, string Subject, string Message);
