namespace KmsPS.Benchmarks;

/// <summary>What to measure and how long.</summary>
internal sealed record Options
{
    public const string Usage = "Usage: ./build.sh bench [--quick | --record] [--only B1,B2,B3,B7,B8,B9,B13,B14,B15,B16,B17,B18] [--connections N]";

    /// <summary>Interleaved rounds of a comparison.</summary>
    public int Rounds { get; init; } = 12;

    /// <summary>Length of one side of a round.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Load before the first round, on each side.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Process starts measured by B16.</summary>
    public int Starts { get; init; } = 10;

    /// <summary>Connections kept open by the load generator.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>Whether the rows of <c>docs/performance.md</c> are replaced by this run's.</summary>
    public bool Record { get; init; }

    /// <summary>Whether this is a look and no measurement that counts.</summary>
    public bool Quick { get; init; }

    /// <summary>Which to run; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public bool Wants(string id) => Only.Count == 0 || Only.Contains(id, StringComparer.OrdinalIgnoreCase);

    /// <returns><see langword="null"/> for an option nobody knows, and for a look that should be recorded.</returns>
    public static Options? Parse(string[] arguments)
    {
        Options options = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--quick":
                    options = options with { Quick = true, Rounds = 4, Round = TimeSpan.FromSeconds(1), WarmUp = TimeSpan.FromSeconds(3), Starts = 3 };
                    break;
                case "--record":
                    options = options with { Record = true };
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value.Split(',', StringSplitOptions.TrimEntries) };
                    i++;
                    break;
                case "--connections" when int.TryParse(value, out int connections) && connections > 0:
                    options = options with { Connections = connections };
                    i++;
                    break;
                default:
                    return null;
            }
        }

        // A look counts for nothing, so it is not written down.
        return options is { Quick: true, Record: true } ? null : options;
    }
}
