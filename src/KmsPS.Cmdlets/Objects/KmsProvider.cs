namespace KmsPS;

/// <summary>A connection of this runspace: an embedded store, or a key server.</summary>
public sealed class KmsProvider
{
    internal KmsProvider(string name, Cmdlets.Shell.OpenedProvider opened, DateTime connected)
    {
        Name = name;
        Uri = opened.Kms.Provider.ToString();
        Scheme = opened.Kms.Provider.Scheme;
        User = opened.User;
        RealUser = opened.RealUser;
        SignIn = opened.SignIn;
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

    /// <summary>Who acts for <see cref="User"/>, where <c>-AsUser</c> named one.</summary>
    public string? RealUser { get; }

    /// <summary>How that was proved: <c>process</c>, <c>simple</c>, <c>kerberos</c>, <c>certificate</c> or <c>token</c>.</summary>
    public string SignIn { get; }

    /// <summary>Whether cmdlets use it that are given no <c>-Provider</c>.</summary>
    public bool IsDefault { get; internal set; }

    /// <summary>Since when, local time.</summary>
    public DateTime Connected { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
