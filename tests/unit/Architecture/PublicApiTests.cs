using KmsPS.Engine;

namespace KmsPS.Tests.Architecture;

/// <summary>The outside is frozen on purpose: a change of the engine's public surface is seen, and accepted by its author.</summary>
public sealed class PublicApiTests
{
    private const string Accept = "KMSPS_ACCEPT_API";

    private const string Remedy =
        $"if the change is meant, run: {Accept}=1 dotnet run --project tests/unit -- -class KmsPS.Tests.Architecture.PublicApiTests   and commit tests/unit/Architecture/PublicApi.";

    [Fact]
    public void The_engine_shows_what_it_showed_before()
    {
        string folder = SourceTree.At("tests", "unit", "Architecture", "PublicApi");
        SortedDictionary<string, string> rooms = PublicApi.ByRoom(typeof(KmsEngine).Assembly);
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            Write(folder, rooms);
        }

        List<string> changes = [];
        foreach ((string room, string now) in rooms)
        {
            string file = Path.Combine(folder, room + ".txt");
            string[] before = File.Exists(file) ? File.ReadAllLines(file) : [];
            string[] after = now.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            changes.AddRange(before.Except(after).Select(line => $"{room}: - {line.Trim()}"));
            changes.AddRange(after.Except(before).Select(line => $"{room}: + {line.Trim()}"));
        }

        changes.AddRange(Directory.EnumerateFiles(folder, "*.txt").Select(Path.GetFileNameWithoutExtension).OfType<string>()
            .Where(room => !rooms.ContainsKey(room)).Select(static room => $"{room}: the room is gone"));
        Verdict.None(changes, Remedy);
    }

    private static void Write(string folder, SortedDictionary<string, string> rooms)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        foreach ((string room, string text) in rooms)
        {
            File.WriteAllText(Path.Combine(folder, room + ".txt"), text);
        }
    }
}
