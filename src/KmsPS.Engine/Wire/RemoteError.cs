namespace KmsPS.Engine.Wire;

/// <summary>An error as it travels: status, Java class and first line of the message.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="JavaClass">Full name of the class that a Java client throws.</param>
/// <param name="Message">First line only, or <see langword="null"/>.</param>
public readonly record struct RemoteError(int Status, string JavaClass, string? Message)
{
    /// <summary>The class's simple name.</summary>
    public string Exception => JavaClass[(JavaClass.AsSpan().LastIndexOfAny('.', '$') + 1)..];
}
