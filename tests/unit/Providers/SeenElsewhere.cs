using System.Diagnostics;

namespace KmsPS.Tests.Providers;

/// <summary>How long it takes until a change of one server is seen by another.</summary>
internal sealed class SeenElsewhere
{
    private readonly List<double> _took = [];

    /// <summary>Asks until it is seen. Between two questions it waits: on a machine with one processor the news must get through, too.</summary>
    public async Task WaitAsync(Func<Task<bool>> isSeen, CancellationToken cancellationToken)
    {
        long from = Stopwatch.GetTimestamp();
        while (!await isSeen())
        {
            Assert.True(Stopwatch.GetElapsedTime(from) < TimeSpan.FromSeconds(5), "It is not seen at all.");
            await Task.Delay(1, cancellationToken);
        }

        _took.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
    }

    /// <summary>Nine of ten were seen in time: a busy machine holds any process up now and then.</summary>
    public void AssertWithin(double milliseconds)
    {
        double[] sorted = [.. _took.Order()];
        TestContext.Current.TestOutputHelper?.WriteLine($"of {sorted.Length}: median {sorted[sorted.Length / 2]:0.0} ms, worst {sorted[^1]:0.0} ms");
        Assert.True(sorted[(sorted.Length * 9 / 10) - 1] < milliseconds, $"It took {string.Join(", ", sorted.Select(static each => each.ToString("0", System.Globalization.CultureInfo.InvariantCulture)))} ms.");
    }
}
