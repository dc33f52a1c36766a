using System.Text.Json;
using KmsPS.Engine.Errors;

namespace KmsPS.Server.Logging;

/// <summary>The server's log: one JSON object a line, a new file past a size, a few old ones kept.</summary>
internal sealed class LogFile : IDisposable
{
    private const long MaxLength = 16 * 1024 * 1024;
    private const int Kept = 5;

    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly Lock _lock = new();
    private readonly MemoryStream _line = new();
    private FileStream _file;

    /// <summary>Opens <paramref name="path"/> for appending, and makes its folder.</summary>
    public LogFile(string path)
    {
        FilePath = path;
        OwnerFolder.Make(Path.GetDirectoryName(path)!);
        _file = Open();
    }

    /// <summary>Where it lies.</summary>
    public string FilePath { get; }

    /// <summary>Writes one line; it is with the operating system when this returns.</summary>
    public void Write(in LogLine line)
    {
        lock (_lock)
        {
            _line.SetLength(0);
            Format(line);
            _line.WriteByte((byte)'\n');
            if (_file.Length + _line.Length > MaxLength)
            {
                Rotate();
            }

            _file.Write(_line.GetBuffer(), 0, (int)_line.Length);
            _file.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
            _line.Dispose();
        }
    }

    private FileStream Open()
    {
        FileStreamOptions options = new() { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerAndGroup;
        }

        return new FileStream(FilePath, options);
    }

    private void Rotate()
    {
        _file.Dispose();
        for (int i = Kept - 1; i >= 1; i--)
        {
            if (File.Exists($"{FilePath}.{i}"))
            {
                File.Move($"{FilePath}.{i}", $"{FilePath}.{i + 1}", overwrite: true);
            }
        }

        File.Move(FilePath, $"{FilePath}.1", overwrite: true);
        _file = Open();
    }

    private void Format(in LogLine line)
    {
        using Utf8JsonWriter json = new(_line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("time", line.At.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("level", line.Level.ToString());
        json.WriteString("category", line.Category);
        if (line.EventId != 0)
        {
            json.WriteNumber("event", line.EventId);
        }

        json.WriteString("message", line.Message);
        if (line.Failure is { } failure)
        {
            json.WriteString("exception", failure.ToString());
            if (failure is KmsException { Remedy: { } remedy })
            {
                json.WriteString("remedy", remedy);
            }
        }

        json.WriteEndObject();
    }
}

/// <summary>One line of the log.</summary>
internal readonly record struct LogLine(DateTimeOffset At, LogLevel Level, string Category, int EventId, string Message, Exception? Failure);
