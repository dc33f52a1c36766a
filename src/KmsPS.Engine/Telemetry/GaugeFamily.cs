using System.Diagnostics.Metrics;

namespace KmsPS.Engine.Telemetry;

/// <summary>A value that is read when somebody looks.</summary>
public sealed class GaugeFamily : MetricFamily
{
    private readonly Func<double> _read;

    internal GaugeFamily(Meter meter, string name, string unit, string description, Func<double> read)
        : base(name, MetricKind.Gauge, unit, description)
    {
        _read = read;
        meter.CreateObservableGauge(name, read, unit, description);
    }

    /// <inheritdoc/>
    public override IEnumerable<MetricPoint> Read() => [new MetricPoint([], _read())];
}
