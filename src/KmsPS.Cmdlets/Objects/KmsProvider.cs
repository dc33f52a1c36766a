namespace KmsPS;

/// <summary>A connection of this runspace: an embedded store, or a key server.</summary>
public sealed class KmsProvider
{
    internal KmsProvider(string name, string uri, string scheme, string user, DateTime connected)
    {
        Name = name;
        Uri = uri;
        Scheme = scheme;
        User = user;
        Connected = connected;
    }

    /// <summary>What <c>-Provider</c> calls it.</summary>
    public string Name { get; }

    /// <summary>Where the keys are; a password in it is not shown.</summary>
    public string Uri { get; }

    /// <summary>The kind of store: <c>sqlite</c>, <c>kms</c> and so on.</summary>
    public string Scheme { get; }

    /// <summary>Who asks over it.</summary>
    public string User { get; }

    /// <summary>Whether cmdlets use it that are given no <c>-Provider</c>.</summary>
    public bool IsDefault { get; internal set; }

    /// <summary>Since when, local time.</summary>
    public DateTime Connected { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
