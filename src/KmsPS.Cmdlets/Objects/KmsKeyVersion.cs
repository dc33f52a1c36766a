namespace KmsPS;

/// <summary>One generation of a key, without its material.</summary>
public sealed class KmsKeyVersion
{
    internal KmsKeyVersion(string name, string version, DateTime? created, bool isCurrent, string state, DateTime? lastUsed, string provider)
    {
        Name = name;
        Version = version;
        Created = created;
        IsCurrent = isCurrent;
        State = state;
        LastUsed = lastUsed;
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

    /// <summary>
    /// <c>Enabled</c>, <c>Disabled</c> or <c>Destroyed</c>; <c>KeyDisabled</c> or <c>DeletionPending</c> where the whole key may not be used.
    /// </summary>
    public string State { get; }

    /// <summary>
    /// When it last wrapped or unwrapped something, local time, up to a minute late; empty where nobody did since the provider keeps count,
    /// or it keeps none.
    /// </summary>
    public DateTime? LastUsed { get; }

    /// <summary>The connection it was read from.</summary>
    public string Provider { get; }

    /// <summary>The key's name: a cmdlet that this is piped into acts on the key.</summary>
    public override string ToString() => Name;
}
