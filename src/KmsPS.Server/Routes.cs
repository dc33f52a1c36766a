using KmsPS.Engine.Wire;

namespace KmsPS.Server;

/// <summary>Answers one request.</summary>
internal delegate ValueTask RestAction(RestExchange exchange);

/// <summary>What is served at one kind of path.</summary>
/// <param name="Allow">The methods, in a stock server's order.</param>
internal sealed record Route(string Allow)
{
    public RestAction? Get { get; init; }

    public RestAction? Post { get; init; }

    public RestAction? Delete { get; init; }
}

/// <summary>
/// The table of routes. Paths are matched as they were sent, still encoded and without matrix parameters; a fixed word at the end
/// wins over the variable before it, and the variable matches anything, slashes included. SOURCE: Hadoop KMS.java; JAX-RS §3.7.2.
/// </summary>
internal sealed class Routes(KeyEndpoints keys, EekEndpoints eeks, LifecycleEndpoints lifecycle)
{
    private const string ReadOnly = "OPTIONS,HEAD,GET";
    private const string WriteOnly = "OPTIONS,POST";
    private const int StackLimit = 256;

    private readonly Route _root = new("OPTIONS");
    private readonly Route _keys = new(WriteOnly) { Post = keys.CreateAsync };
    private readonly Route _names = new(ReadOnly) { Get = keys.NamesAsync };
    private readonly Route _keysMetadata = new(ReadOnly) { Get = keys.KeysMetadataAsync };
    private readonly Route _key = new("OPTIONS,HEAD,DELETE,POST,GET") { Get = keys.MetadataAsync, Post = keys.RollAsync, Delete = keys.DeleteAsync };
    private readonly Route _version = new(ReadOnly) { Get = keys.VersionAsync };
    private readonly Route _versionEek = new(WriteOnly) { Post = eeks.OneAsync };
    private readonly Route _trustee = new(WriteOnly) { Post = keys.TrusteeAsync };

    private readonly Route _lifecycle = new("OPTIONS,HEAD,POST,GET") { Get = lifecycle.DescribeAsync, Post = lifecycle.ChangeAsync };

    private readonly Route _plan = new(ReadOnly) { Get = lifecycle.PlanAsync };

    private readonly Word[] _belowKey =
    [
        new("/" + RestPaths.Eek, new Route(ReadOnly) { Get = eeks.GenerateAsync }),
        new("/" + RestPaths.KeyMetadata, new Route(ReadOnly) { Get = keys.MetadataAsync }),
        new("/" + RestPaths.CurrentVersion, new Route(ReadOnly) { Get = keys.CurrentAsync }),
        new("/" + RestPaths.Versions, new Route(ReadOnly) { Get = keys.VersionsAsync }),
        new("/" + RestPaths.ReencryptBatch, new Route(WriteOnly) { Post = eeks.BatchAsync }),
        new("/" + RestPaths.InvalidateCache, new Route(WriteOnly) { Post = keys.InvalidateAsync }),
        new("/" + RestPaths.DataKey, new Route(ReadOnly) { Get = eeks.DataKeyAsync }),
    ];

    /// <summary>Finds the route of a path.</summary>
    /// <param name="path">The path as sent.</param>
    /// <param name="variable">Its variable, decoded.</param>
    /// <returns><see langword="null"/> for what is no resource.</returns>
    public Route? Match(ReadOnlySpan<char> path, out string variable)
    {
        if (path.Contains(';'))
        {
            Span<char> kept = path.Length <= StackLimit ? stackalloc char[path.Length] : new char[path.Length];
            return MatchPlain(kept[..RestTarget.WithoutMatrix(path, kept)], out variable);
        }

        return MatchPlain(path, out variable);
    }

    private Route? MatchPlain(ReadOnlySpan<char> path, out string variable)
    {
        variable = "";
        if (!path.StartsWith(RestPaths.Root, StringComparison.Ordinal))
        {
            return path is RestPaths.RootWithoutSlash ? _root : null;
        }

        ReadOnlySpan<char> rest = path[RestPaths.Root.Length..];
        if (TryBelow(rest, RestPaths.Key, out ReadOnlySpan<char> key))
        {
            return MatchKey(key, out variable);
        }

        if (TryBelow(rest, RestPaths.KeyVersion, out ReadOnlySpan<char> version))
        {
            bool isEek = TryAbove(version, "/" + RestPaths.Eek, out ReadOnlySpan<char> name);
            variable = RestTarget.DecodeVariable(isEek ? name : version);
            return isEek ? _versionEek : _version;
        }

        if (TryBelow(rest, RestPaths.TrusteeKey, out ReadOnlySpan<char> deleted))
        {
            variable = RestTarget.DecodeVariable(deleted);
            return _trustee;
        }

        if (TryBelow(rest, RestPaths.LifecycleKey, out ReadOnlySpan<char> owned))
        {
            variable = RestTarget.DecodeVariable(owned);
            return _lifecycle;
        }

        return MatchFixed(rest);
    }

    private Route MatchKey(ReadOnlySpan<char> key, out string variable)
    {
        foreach (Word word in _belowKey)
        {
            if (TryAbove(key, word.Suffix, out ReadOnlySpan<char> name))
            {
                variable = RestTarget.DecodeVariable(name);
                return word.Route;
            }
        }

        variable = RestTarget.DecodeVariable(key);
        return _key;
    }

    // A slash at the end is tolerated where no variable could take it in.
    private Route? MatchFixed(ReadOnlySpan<char> rest) => (rest.EndsWith('/') ? rest[..^1] : rest) switch
    {
        "" when rest.IsEmpty => _root,
        RestPaths.Keys => _keys,
        RestPaths.KeysNames => _names,
        RestPaths.KeysMetadata => _keysMetadata,
        RestPaths.Plan => _plan,
        _ => null,
    };

    private static bool TryBelow(ReadOnlySpan<char> path, string word, out ReadOnlySpan<char> below)
    {
        bool matches = path.Length > word.Length && path[word.Length] == '/' && path.StartsWith(word, StringComparison.Ordinal);
        below = matches ? path[(word.Length + 1)..] : default;
        return matches;
    }

    private static bool TryAbove(ReadOnlySpan<char> path, string suffix, out ReadOnlySpan<char> above)
    {
        ReadOnlySpan<char> trimmed = path.EndsWith('/') ? path[..^1] : path;
        bool matches = trimmed.EndsWith(suffix, StringComparison.Ordinal);
        above = matches ? trimmed[..^suffix.Length] : default;
        return matches;
    }

    private readonly record struct Word(string Suffix, Route Route);
}
