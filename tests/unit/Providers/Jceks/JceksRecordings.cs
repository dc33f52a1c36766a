using System.Text.Json;
using System.Text.Json.Nodes;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Jceks;

namespace KmsPS.Tests.Providers.Jceks;

/// <summary>The keystores that a real Hadoop wrote, refused or recovered, each copied to a folder of its own before it is opened.</summary>
internal sealed class JceksRecordings : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kmsps-jceks-");

    internal static string Root { get; } = Vectors.Path("recorded", "jceks");

    internal string Keystore => Path.Combine(_folder.FullName, "kms.keystore");

    internal static IEnumerable<TheoryDataRow<string>> Cases(string kind) =>
        Directory.GetDirectories(Path.Combine(Root, kind)).Order(StringComparer.Ordinal).Select(folder => new TheoryDataRow<string>(Path.GetFileName(folder)));

    internal JsonObject Take(string kind, string name)
    {
        File.Copy(Path.Combine(Root, kind, name, "kms.keystore"), Keystore);
        return JsonNode.Parse(File.ReadAllText(Path.Combine(Root, kind, name, "expected.json")))!.AsObject();
    }

    internal ValueTask<IKeyProvider> OpenAsync(string? password) =>
        JceksKeyProvider.OpenAsync(
            ProviderUri.Parse($"jceks://file@{Keystore}"),
            new ProviderContext(
                TimeProvider.System,
                static property => property == "jdk.jceks.iterationCount" ? "10000" : null,
                variable => variable == "HADOOP_KEYSTORE_PASSWORD" ? password : null,
                null),
            CancellationToken.None);

    internal static JsonObject[] Lines(params string[] path) =>
        [.. File.ReadLines(Path.Combine([Root, .. path])).Select(static line => JsonSerializer.Deserialize<JsonObject>(line)!)];

    public void Dispose() => _folder.Delete(recursive: true);
}
