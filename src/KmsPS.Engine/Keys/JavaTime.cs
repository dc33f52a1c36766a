namespace KmsPS.Engine.Keys;

/// <summary>Times as Java writes them: milliseconds since 1970 in 64 bits, which reach far beyond the years 1 to 9999 that .NET knows.</summary>
internal static class JavaTime
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The instant, or the nearest one that can be told: a stock server and a stock keystore may hold any number, and neither may make a key unreadable.</summary>
    public static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, Earliest, Latest));

    /// <summary>The instant that much later, or the latest one that can be told.</summary>
    /// <param name="start">From when.</param>
    /// <param name="wait">How long; not negative.</param>
    public static DateTimeOffset Later(DateTimeOffset start, TimeSpan wait) => wait < DateTimeOffset.MaxValue - start ? start + wait : DateTimeOffset.MaxValue;
}
