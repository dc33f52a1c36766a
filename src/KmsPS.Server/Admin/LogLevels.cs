using System.Collections.Concurrent;

namespace KmsPS.Server.Admin;

/// <summary>The levels of loggers, which an administrator may set while the server runs. Asking allocates nothing once a logger is known.</summary>
internal sealed class LogLevels
{
    private const int MaxNames = 1000;
    private const LogLevel Standard = LogLevel.Information;
    private readonly ConcurrentDictionary<string, LogLevel> _set = new(StringComparer.Ordinal) { ["Microsoft"] = LogLevel.Warning };

    private int _changes;

    /// <summary>Grows with every level that is set: what <see cref="Of"/> said holds while it stands still.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>Level of a logger: its own, or that of the nearest name above it.</summary>
    public LogLevel Of(string logger)
    {
        for (string name = logger; ; name = name[..name.LastIndexOf('.')])
        {
            if (_set.TryGetValue(name, out LogLevel level))
            {
                return level;
            }

            if (name.LastIndexOf('.') < 0)
            {
                return Standard;
            }
        }
    }

    /// <summary>Sets a level by one of log4j's words; <see langword="false"/> for any other, and when too many names were set.</summary>
    public bool TrySet(string logger, string word)
    {
        LogLevel? level = word.ToUpperInvariant() switch
        {
            "ALL" or "TRACE" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "INFO" => LogLevel.Information,
            "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "FATAL" => LogLevel.Critical,
            "OFF" => LogLevel.None,
            _ => null,
        };
        if (level is not { } known || (_set.Count >= MaxNames && !_set.ContainsKey(logger)))
        {
            return false;
        }

        _set[logger] = known;
        Interlocked.Increment(ref _changes);
        return true;
    }

    /// <summary>log4j's word for a level.</summary>
    public static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARN",
        LogLevel.Error => "ERROR",
        LogLevel.Critical => "FATAL",
        _ => "OFF",
    };
}
