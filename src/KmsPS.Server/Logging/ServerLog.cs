using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Server.Admin;

namespace KmsPS.Server.Logging;

/// <summary>Where everything in the server logs to: JSON lines in a file, and plain lines on the console while somebody may read it.</summary>
/// <param name="file">The file.</param>
/// <param name="console">Standard error; <see langword="null"/> when detached.</param>
/// <param name="time">The clock.</param>
/// <param name="levels">What is wanted.</param>
internal sealed class ServerLog(LogFile file, TextWriter? console, TimeProvider time, LogLevels levels) : ILoggerFactory
{
    private readonly Lock _lock = new();

    private LogLevels Levels => levels;

    /// <summary>Where the file lies.</summary>
    public string FilePath => file.FilePath;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, categoryName);

    /// <inheritdoc/>
    /// <remarks>There is one target, made at the start.</remarks>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The server logs to its own file and console.");

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Write(string category, LogLevel level, EventId id, string message, Exception? failure)
    {
        file.Write(new LogLine(time.GetUtcNow(), level, category, id.Id, message, failure));
        if (console is null)
        {
            return;
        }

        string line = $"{level switch { LogLevel.Information => "", LogLevel.Warning => "warning: ", _ => "error: " }}{Printable.Text(message)}";
        lock (_lock)
        {
            console.WriteLine(failure is null ? line : $"{line} ({failure.GetType().Name}: {Printable.Text(failure.Message)}{(failure is KmsException { Remedy: { } remedy } ? $". {Printable.Text(remedy)}" : "")})");
        }
    }

    private sealed class CategoryLogger(ServerLog log, string category) : ILogger
    {
        // Kestrel asks several times a request. How many levels were set when it was looked up, and what was found, in one word.
        private long _known = Look(log, category);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel)
        {
            long known = Volatile.Read(ref _known);
            if ((int)(known >> 8) != log.Levels.Changes)
            {
                known = Look(log, category);
                Volatile.Write(ref _known, known);
            }

            return logLevel != LogLevel.None && (int)logLevel >= (int)(known & 0xff);
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(category, logLevel, eventId, formatter(state, exception), exception);
            }
        }

        private static long Look(ServerLog log, string category)
        {
            long changes = log.Levels.Changes;
            return (changes << 8) | (long)log.Levels.Of(category);
        }
    }
}
