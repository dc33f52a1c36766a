using System.Collections.Concurrent;

namespace KmsPS.Server.Admin;

/// <summary>The levels of loggers, which an administrator may set while the server runs. Asking allocates nothing once a logger is known.</summary>
internal sealed class LogLevels
{
    private const int MaxNames = 1000;
    private const LogLevel Standard = LogLevel.Information;
    private readonly ConcurrentDictionary<string, LogLevel> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LogLevel> _set = new(StringComparer.Ordinal) { ["Microsoft"] = LogLevel.Warning };

    /// <summary>Level of a logger: its own, or that of the nearest name above it.</summary>
    public LogLevel Of(string logger)
    {
        if (_known.TryGetValue(logger, out LogLevel known))
        {
            return known;
        }

        LogLevel level = Find(logger);
        if (_known.Count < MaxNames)
        {
            _known[logger] = level;
        }

        return level;
    }

    /// <summary>Whether a line of that level is wanted.</summary>
    public bool IsEnabled(string logger, LogLevel level) => level != LogLevel.None && level >= Of(logger);

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
        _known.Clear();
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

    private LogLevel Find(string logger)
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
}
