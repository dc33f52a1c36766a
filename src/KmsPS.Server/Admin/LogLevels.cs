using System.Collections.Concurrent;

namespace KmsPS.Server.Admin;

/// <summary>The levels of loggers that somebody has set while the server runs. Ask it as a filter of all log providers.</summary>
/// <param name="standard">Level of loggers that nobody has set.</param>
internal sealed class LogLevels(LogLevel standard)
{
    private const int MaxNames = 1000;
    private readonly ConcurrentDictionary<string, LogLevel> _set = new(StringComparer.Ordinal);

    /// <summary>Level of a logger: its own, or that of the nearest name above it.</summary>
    public LogLevel Of(string logger)
    {
        if (_set.IsEmpty)
        {
            return standard;
        }

        for (string name = logger; ; name = name[..name.LastIndexOf('.')])
        {
            if (_set.TryGetValue(name, out LogLevel level))
            {
                return level;
            }

            if (name.LastIndexOf('.') < 0)
            {
                return standard;
            }
        }
    }

    /// <summary>Whether a line of that level is wanted.</summary>
    public bool IsEnabled(string? logger, LogLevel level) => level >= Of(logger ?? "");

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
