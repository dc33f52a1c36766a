namespace KmsPS;

/// <summary>One generation of a key, without its material.</summary>
public sealed class KmsKeyVersion
{
    internal KmsKeyVersion(string name, string version, DateTime? created, bool isCurrent, string provider)
    {
        Name = name;
        Version = version;
        Created = created;
        IsCurrent = isCurrent;
        Provider = provider;
    }

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>The version's own name: an opaque text, unique in its store.</summary>
    public string Version { get; }

    /// <summary>When it was made, local time; empty where the provider does not tell.</summary>
    public DateTime? Created { get; }

    /// <summary>Whether new encrypted keys are made with it.</summary>
    public bool IsCurrent { get; }

    /// <summary>The connection it was read from.</summary>
    public string Provider { get; }

    /// <summary>The key's name: a cmdlet that this is piped into acts on the key.</summary>
    public override string ToString() => Name;
}
