using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Supervision;

/// <summary>Reads the state files of servers. A file speaks the truth only while its process lives: a number may be used again.</summary>
internal static class ServerStates
{
    // The kernel counts a process's start in ticks, the server in its clock.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(3);

    /// <summary>Where servers that this module starts write theirs.</summary>
    internal static string Folder => Environment.GetEnvironmentVariable("KMSPS_STATE_DIR") is { Length: > 0 } given ? given : Path.Combine(UserFolders.Root, "run");

    /// <summary>Every server of the current user, in the order of their names; several files of one name give the one that runs.</summary>
    internal static IReadOnlyList<KmsServer> All() =>
    [
        .. Folders().SelectMany(static folder => Directory.EnumerateFiles(folder, "*.json"))
            .Select(Read)
            .OfType<KmsServer>()
            .GroupBy(static server => server.Name, StringComparer.OrdinalIgnoreCase)
            .Select(static same => same.OrderByDescending(static server => server.State == "Running").ThenByDescending(static server => server.Started).First())
            .OrderBy(static server => server.Name, StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>The server of this name that runs, or <see langword="null"/>.</summary>
    internal static KmsServer? Running(string name) => All().FirstOrDefault(server => server.State == "Running" && string.Equals(server.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>One file; <see langword="null"/> where it is none of ours, or is gone by now.</summary>
    internal static KmsServer? Read(string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            return Parse(document.RootElement, file);
        }
        catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The process, if it is still the one that the file speaks of.</summary>
    internal static Process? ProcessOf(int id, DateTime started)
    {
        Process? process = null;
        try
        {
            process = Process.GetProcessById(id);
            if (!process.HasExited && (process.StartTime - started).Duration() < Tolerance)
            {
                return process;
            }
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // No such process, or one that is not ours to look at: then it is not our server.
        }

        process?.Dispose();
        return null;
    }

    private static IEnumerable<string> Folders()
    {
        string[] candidates = [Folder, .. Directory.Exists(UserFolders.Root) ? Directory.EnumerateDirectories(UserFolders.Root).Select(static data => Path.Combine(data, "run")) : []];
        return candidates.Distinct(StringComparer.Ordinal).Where(Directory.Exists);
    }

    private static KmsServer Parse(JsonElement state, string file)
    {
        int id = state.GetProperty("pid").GetInt32();
        DateTime started = DateTimeOffset.Parse(Text(state, "processStartTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).LocalDateTime;
        string[] urls = [.. state.GetProperty("urls").EnumerateArray().Select(static url => url.GetString() ?? "")];
        using Process? process = ProcessOf(id, started);
        return new KmsServer
        {
            Name = Text(state, "name"),
            State = process is null ? "Stopped" : "Running",
            ProcessId = id,
            Started = started,
            Uri = urls.Length == 0 ? "" : urls[0].TrimEnd('/') + (urls[0].TrimEnd('/').EndsWith("/kms", StringComparison.Ordinal) ? "" : "/kms"),
            Urls = urls,
            Version = Text(state, "version"),
            Thumbprint = state.GetProperty("thumbprint").GetString(),
            LogPath = Text(state, "logPath"),
            DataPath = Text(state, "dataDir"),
            StatePath = file,
        };
    }

    private static string Text(JsonElement state, string name) => state.GetProperty(name).GetString() ?? "";
}
