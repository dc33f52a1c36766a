using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>What a killed writer said, and what must follow from it.</summary>
internal sealed class CrashLog
{
    private readonly Dictionary<string, SortedDictionary<int, (string Name, string Hex)>> _alive = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _everUsed = new(StringComparer.Ordinal);
    private string? _pending;

    internal int Acknowledged { get; private set; }

    internal bool WasOpened { get; private set; }

    internal async Task ReadAsync(StreamReader output, Func<bool> opened, CancellationToken stop)
    {
        while (await output.ReadLineAsync(stop) is { } line)
        {
            string[] words = line.Split(' ');
            if (words[0] == "x")
            {
                throw new InvalidOperationException($"The writer was refused: {line}");
            }

            if (line == "! open")
            {
                WasOpened = true;
                opened();
            }
            else if (words[0] == "?")
            {
                _pending = line;
            }
            else if (words is ["!", "drop", _])
            {
                _alive.Remove(words[2]);
                Settle();
            }
            else if (words is ["!", "end", _, _])
            {
                Destroy(words[2], words[3]);
                Settle();
            }
            else if (words is ["!", "make" or "roll", _, _, { Length: 32 }])
            {
                Remember(words[2], words[3], words[4]);
                Settle();
            }

            // A last line that was cut off by the kill was not heard by anybody: what it told of is still pending.
        }
    }

    /// <summary>Opens the store again and asks for everything that was answered.</summary>
    internal async ValueTask VerifyAsync(string path, bool mayBeNew, CancellationToken stop)
    {
        await using IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{path}"), ProviderContext.System, stop);
        await store.SelfTestAsync(stop);
        if (mayBeNew)
        {
            Assert.Empty(_alive);
        }

        string? unsure = _pending?.Split(' ')[2];
        foreach (string key in _alive.Keys.Append(unsure ?? "").Where(static key => key.Length > 0).Distinct(StringComparer.Ordinal).ToList())
        {
            await VerifyKeyAsync(store, KeyName.Parse(key), key == unsure, stop);
        }

        Assert.Equal(_alive.Keys.Order(StringComparer.Ordinal), await store.ListAsync(stop).Select(static key => key.Name.Value).Order(StringComparer.Ordinal).ToListAsync(stop));
        _pending = null;
    }

    // The change that was under way either happened in full or not at all; then it counts as answered.
    private async ValueTask VerifyKeyAsync(IKeyProvider store, KeyName key, bool isUnsure, CancellationToken stop)
    {
        List<KeyVersion> found = await store.ListVersionsAsync(key, stop).ToListAsync(stop);
        SortedDictionary<int, (string Name, string Hex)> expected = _alive.GetValueOrDefault(key.Value) ?? [];
        if (isUnsure && found.Count == 0)
        {
            Assert.True(expected.Count == 0 || _pending!.StartsWith("? drop", StringComparison.Ordinal), $"{key} is gone.");
            _alive.Remove(key.Value);
            return;
        }

        if (isUnsure && _pending!.Split(' ') is ["?", "end", _, var ended] && found.Any(version => version.Name.Value == ended && version.Use == VersionUse.VersionDestroyed))
        {
            Destroy(key.Value, ended);
        }

        Assert.Equal(expected.Values, found.Take(expected.Count).Select(static version => (version.Name.Value, ProviderHistory.Hex(version))));
        Assert.InRange(found.Count, expected.Count, expected.Count + (isUnsure && (_pending!.StartsWith("? roll", StringComparison.Ordinal) || _pending.StartsWith("? make", StringComparison.Ordinal)) ? 1 : 0));
        foreach (KeyVersion version in found)
        {
            if (!_everUsed.ContainsKey(version.Name.Value))
            {
                Remember(key.Value, version.Name.Value, ProviderHistory.Hex(version));
            }

            version.Dispose();
        }

        Assert.Equal(_alive[key.Value].Last().Value.Name, (await store.FindMetadataAsync(key, stop))?.Current.Value);
    }

    private void Remember(string key, string version, string hex)
    {
        Assert.True(_everUsed.TryAdd(version, hex), $"{version} means two materials.");
        if (!_alive.TryGetValue(key, out SortedDictionary<int, (string Name, string Hex)>? versions))
        {
            _alive.Add(key, versions = []);
        }

        versions.Add(int.Parse(version.AsSpan(version.LastIndexOf('@') + 1)), (version, hex));
    }

    // What is destroyed has no material any more, and is still listed.
    private void Destroy(string key, string version) =>
        _alive[key][int.Parse(version.AsSpan(version.LastIndexOf('@') + 1))] = (version, "(hidden)");

    private void Settle()
    {
        _pending = null;
        Acknowledged++;
    }
}
