using KmsPS.Engine.Providers;

namespace KmsPS;

/// <summary>What was found in a store.</summary>
public sealed class KmsStoreCheck
{
    internal KmsStoreCheck(CheckReport report, string provider)
    {
        Provider = provider;
        Passed = report.Failures.Count == 0;
        Deep = report.IsDeep;
        Keys = report.Counts.Keys;
        Versions = report.Counts.Versions;
        Names = report.Counts.Names;
        State = report.Counts.State;
        Epoch = report.Epoch;
        Failures = report.Failures.Count;
    }

    /// <summary>The connection.</summary>
    public string Provider { get; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed { get; }

    /// <summary>Whether every row was opened.</summary>
    public bool Deep { get; }

    /// <summary>Keys, deleted ones included.</summary>
    public long Keys { get; }

    /// <summary>Their versions.</summary>
    public long Versions { get; }

    /// <summary>Names that were ever used.</summary>
    public long Names { get; }

    /// <summary>Records that servers share.</summary>
    public long State { get; }

    /// <summary>The store's epoch: 1 until it is restored or gets another store key.</summary>
    public long Epoch { get; }

    /// <summary>How many things are wrong; each has an error record.</summary>
    public int Failures { get; }

    /// <summary>The connection, and whether it passed.</summary>
    public override string ToString() => $"{Provider}: {(Passed ? "passed" : "failed")}";
}
