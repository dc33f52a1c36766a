using System.Text.Json;

namespace KmsPS.Server;

/// <summary>Writes and removes the state file. A reader sees a whole file or none.</summary>
internal sealed class StateFile(string directory, string name)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where it lies.</summary>
    public string FilePath { get; } = Path.Combine(directory, name + ".json");

    /// <summary>Writes it under another name, then renames it.</summary>
    public void Write(ServerState state)
    {
        OwnerFolder.Make(directory);
        string temporary = $"{FilePath}.{Environment.ProcessId}.tmp";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (FileStream file = new(temporary, options))
        {
            WriteJson(file, state);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, FilePath, overwrite: true);
    }

    /// <summary>Removes it, if it is still this process's.</summary>
    public void Remove()
    {
        try
        {
            using JsonDocument found = JsonDocument.Parse(File.ReadAllBytes(FilePath));
            if (found.RootElement.GetProperty("pid").GetInt32() == Environment.ProcessId)
            {
                File.Delete(FilePath);
            }
        }
        catch (Exception gone) when (gone is IOException or JsonException or KeyNotFoundException)
        {
            // Somebody else removed or replaced it: then it is not ours to remove.
        }
    }

    private static void WriteJson(Stream to, ServerState state)
    {
        using Utf8JsonWriter json = new(to, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("name", state.Name);
        json.WriteNumber("pid", state.ProcessId);
        json.WriteString("processStartTime", state.ProcessStartTime.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteStartArray("urls");
        foreach (string url in state.Urls)
        {
            json.WriteStringValue(url);
        }

        json.WriteEndArray();
        json.WriteString("version", state.Version);
        json.WriteString("configHash", state.ConfigHash);
        json.WriteString("thumbprint", state.Thumbprint);
        json.WriteString("logPath", state.LogPath);
        json.WriteString("dataDir", state.DataDirectory);
        json.WriteEndObject();
    }
}
