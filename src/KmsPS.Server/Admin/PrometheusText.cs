using System.Globalization;
using System.Text;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Server.Admin;

/// <summary>Measurements in Prometheus' text form, version 0.0.4.</summary>
internal static class PrometheusText
{
    /// <summary>Its content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Every family, and the nine meters of a Hadoop KMS as counters.</summary>
    public static string Render(KmsMeter meter)
    {
        StringBuilder text = new(16 * 1024);
        foreach (MetricFamily family in meter.Families)
        {
            AppendFamily(text, family);
        }

        foreach ((string name, RateMeter rate) in meter.Hadoop.All)
        {
            string shown = Identifier(name.Replace(".meter", "", StringComparison.Ordinal)) + "_total";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {shown} The meter {name} of a Hadoop KMS.\n# TYPE {shown} counter\n{shown} {rate.Count}\n");
        }

        return text.ToString();
    }

    private static void AppendFamily(StringBuilder text, MetricFamily family)
    {
        string name = Identifier(family.Name) + (family.Unit == "s" ? "_seconds" : "") + (family.Kind == MetricKind.Counter ? "_total" : "");
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {family.Description}\n# TYPE {name} {Type(family.Kind)}\n");
        foreach (MetricPoint point in family.Read())
        {
            if (point.Buckets is { } buckets)
            {
                AppendHistogram(text, name, family.Bounds, point, buckets);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{Labels(point, null)} {point.Value:R}\n");
            }
        }
    }

    private static void AppendHistogram(StringBuilder text, string name, IReadOnlyList<double> bounds, MetricPoint point, IReadOnlyList<long> buckets)
    {
        long below = 0;
        for (int i = 0; i < buckets.Count; i++)
        {
            below += buckets[i];
            string bound = i < bounds.Count ? bounds[i].ToString("0.######", CultureInfo.InvariantCulture) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{Labels(point, bound)} {below}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{Labels(point, null)} {point.Value:R}\n{name}_count{Labels(point, null)} {below}\n");
    }

    private static string Type(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };

    private static string Labels(in MetricPoint point, string? bound)
    {
        IEnumerable<string> labels = point.Tags.Select(static tag => $"{Identifier(tag.Key)}=\"{tag.Value}\"");
        string all = string.Join(',', bound is null ? labels : labels.Append($"le=\"{bound}\""));
        return all.Length == 0 ? "" : $"{{{all}}}";
    }

    private static string Identifier(string name) => string.Create(name.Length, name, static (target, source) =>
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        }
    });
}
