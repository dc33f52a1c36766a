namespace KmsPS.Build;

/// <summary>A step that must work did not; the text says which and what to do.</summary>
internal sealed class BuildFailedException(string message) : Exception(message);
