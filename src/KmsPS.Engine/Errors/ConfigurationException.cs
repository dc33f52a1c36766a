namespace KmsPS.Engine.Errors;

/// <summary>A configuration file, command line or environment variable that cannot be used.</summary>
public sealed class ConfigurationException : KmsException
{
    /// <param name="message">What is wrong.</param>
    /// <param name="file">Path of the file, where there is one.</param>
    /// <param name="line">1-based line, where there is one.</param>
    /// <param name="column">1-based column, where there is one.</param>
    /// <param name="remedy">What to change.</param>
    /// <param name="inner">The reader's own exception.</param>
    public ConfigurationException(string message, string? file = null, int? line = null, int? column = null, string? remedy = null, Exception? inner = null)
        : base(ErrorKind.ConfigurationInvalid, Located(message, file, line, column), remedy, isTransient: false, inner)
    {
        File = file;
        Line = line;
        Column = column;
        Subject = file;
    }

    /// <summary>Path of the file that is wrong.</summary>
    public string? File { get; }

    /// <summary>1-based line in <see cref="File"/>.</summary>
    public int? Line { get; }

    /// <summary>1-based column in <see cref="Line"/>.</summary>
    public int? Column { get; }

    private static string Located(string message, string? file, int? line, int? column) => (file, line, column) switch
    {
        (null, _, _) => message,
        (_, null, _) => $"{file}: {message}",
        (_, _, null) => $"{file}:{line}: {message}",
        _ => $"{file}:{line}:{column}: {message}",
    };
}
