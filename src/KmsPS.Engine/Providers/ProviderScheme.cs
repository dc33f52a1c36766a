using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers;

/// <summary>What an opener may need besides the URI.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Property">A setting by its Hadoop or <c>kmsps.*</c> name, or <see langword="null"/>.</param>
/// <param name="Environment">An environment variable by its name, or <see langword="null"/>.</param>
/// <param name="ConfigurationDirectory">Where relative file names of settings are looked for, or <see langword="null"/>.</param>
public sealed record ProviderContext(
    TimeProvider Time,
    Func<string, string?> Property,
    Func<string, string?> Environment,
    string? ConfigurationDirectory)
{
    /// <summary>Where a server keeps its own files: a store that has no folder keeps its store key there. <see langword="null"/> in a process that is no server.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>What locks the store's key file, still owned by the caller; it comes before what the configuration names.</summary>
    public Secrets.SecretBytes? StorePassphrase { get; init; }

    /// <summary>
    /// Only tell what would be done: a store is opened as it stands, neither made nor moved to this release's format nor put right. One that
    /// is not there is an empty one that takes nothing.
    /// </summary>
    public bool IsTrial { get; init; }

    /// <summary>The system's clock and environment, and no settings.</summary>
    public static ProviderContext System { get; } = new(TimeProvider.System, static _ => null, global::System.Environment.GetEnvironmentVariable, null);
}

/// <summary>Opens a provider; the self-test is the caller's business.</summary>
public delegate ValueTask<IKeyProvider> ProviderOpener(ProviderUri uri, ProviderContext context, CancellationToken cancellationToken);

/// <summary>A kind of store.</summary>
/// <param name="Scheme">The word before the colon.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Open">Opens one, or says in one sentence why it cannot be had here.</param>
public sealed record ProviderScheme(string Scheme, string Summary, ProviderOpener Open);

/// <summary>Finds the opener for a URI. An object, never a static.</summary>
public sealed class ProviderRegistry(IEnumerable<ProviderScheme> schemes)
{
    private readonly Dictionary<string, ProviderScheme> _schemes = schemes.ToDictionary(static scheme => scheme.Scheme, StringComparer.Ordinal);

    /// <summary>The schemes that can be opened.</summary>
    public IReadOnlyCollection<ProviderScheme> Schemes => _schemes.Values;

    /// <summary>Opens the provider that <paramref name="uri"/> names.</summary>
    /// <exception cref="ConfigurationException">Nobody knows the scheme; the text names the known ones.</exception>
    public ValueTask<IKeyProvider> OpenAsync(ProviderUri uri, ProviderContext context, CancellationToken cancellationToken) =>
        _schemes.TryGetValue(uri.Scheme, out ProviderScheme? scheme)
            ? scheme.Open(uri, context, cancellationToken)
            : throw new ConfigurationException($"No key provider has the scheme '{uri.Scheme}' of '{uri}'", remedy: $"Known schemes: {string.Join(", ", _schemes.Keys.Order(StringComparer.Ordinal))}.");
}
