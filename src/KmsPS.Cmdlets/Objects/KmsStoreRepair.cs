using KmsPS.Engine.Providers;

namespace KmsPS;

/// <summary>One thing in a store that was put right.</summary>
public sealed class KmsStoreRepair
{
    internal KmsStoreRepair(StoreRepair repair, string? copy, string provider)
    {
        Kind = repair.Kind;
        Subject = repair.Subject;
        Action = repair.Action;
        Copy = copy;
        Provider = provider;
    }

    /// <summary>What it is about: <c>Key</c>, <c>Version</c>, <c>Name</c>, <c>State</c> or <c>Page</c>.</summary>
    public string Kind { get; }

    /// <summary>Which: the name of the key or the version.</summary>
    public string Subject { get; }

    /// <summary>What was done.</summary>
    public string Action { get; }

    /// <summary>A copy of the database from before; none for PostgreSQL.</summary>
    public string? Copy { get; }

    /// <summary>The connection.</summary>
    public string Provider { get; }

    /// <summary>What was done to what.</summary>
    public override string ToString() => $"{Kind} {Subject}: {Action}";
}
