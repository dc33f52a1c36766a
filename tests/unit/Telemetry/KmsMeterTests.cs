using System.Diagnostics.Metrics;
using System.Text.Json;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Telemetry;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Telemetry;

public sealed class KmsMeterTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly KmsMeter _meter;

    public KmsMeterTests() => _meter = new KmsMeter(_time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Call Alice { get; } = new(new Caller("alice", "alice", AuthenticationMethod.Simple, NameSet.Empty), CallOrigin.Embedded("test"));

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void Rates_follow_a_steady_stream_and_fade_as_a_load_average_does()
    {
        RateMeter meter = new(_time);
        Mark(meter, seconds: 5);
        Assert.Equal(10, meter.OneMinuteRate, 6);
        Assert.Equal(10, meter.FifteenMinuteRate, 6);
        Mark(meter, seconds: 600);
        Assert.Equal(10, meter.MeanRate, 6);
        Assert.Equal(10, meter.OneMinuteRate, 6);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(10 * Math.Exp(-1), meter.OneMinuteRate, 6);
        Assert.Equal(10 * Math.Exp(-1.0 / 5), meter.FiveMinuteRate, 6);
        Assert.Equal(10 * Math.Exp(-1.0 / 15), meter.FifteenMinuteRate, 6);
        Assert.Equal(6050, meter.Count);
    }

    [Fact]
    public async Task Operations_move_the_meters_that_they_move_in_a_hadoop_kms()
    {
        KmsEngine engine = new(new MemoryKeyProvider(_time), FixedAcl.Open, new RecordingAudit(), _time, keyAuthorization: true, _meter);
        KeyName key = KeyName.Parse("k1");
        (await engine.CreateKeyAsync(Alice, NewKey.Default(key), Stop)).Dispose();
        await Assert.ThrowsAnyAsync<Exception>(async () => await engine.CreateKeyAsync(Alice, NewKey.Default(key), Stop));
        (await engine.GetCurrentKeyAsync(Alice, key, Stop))!.Dispose();
        EekBatch batch = (await engine.GenerateEekAsync(Alice, new GenerateRequest(key, 3), Stop))!;
        await Assert.ThrowsAnyAsync<Exception>(async () => await engine.GenerateEekAsync(Alice, new GenerateRequest(KeyName.Parse("no")), Stop));
        (await engine.DecryptEekAsync(Alice, batch[0], Stop)).Dispose();
        await engine.ReencryptEekAsync(Alice, batch[0], Stop);
        Assert.Equal(
            ["admin 2", "key 1", "generate_eek 1", "decrypt_eek 1", "reencrypt_eek 1", "reencrypt_eek_batch 0", "unauthorized 0", "unauthenticated 0", "invalid 0"],
            Counts());
        Assert.Equal(3, Value("kms.server.operation.keys", "GenerateEek"));
        Assert.Equal(1, _meter.Families.Single(static family => family.Kind == MetricKind.Histogram).Read().Single(static point => Has(point, "CreateKey") && Has(point, "failed")).Buckets!.Sum());
    }

    [Fact]
    public async Task Only_an_operation_s_own_list_counts_as_unauthorized()
    {
        FixedAcl closedKeys = new(AclSnapshot.Empty);
        KmsEngine engine = new(new MemoryKeyProvider(_time), closedKeys, new RecordingAudit(), _time, keyAuthorization: true, _meter);
        await Assert.ThrowsAsync<AccessDeniedException>(async () => await engine.CreateKeyAsync(Alice, NewKey.Default(KeyName.Parse("k1")), Stop));
        Assert.Contains("unauthorized 0", Counts());
        _meter.Answer(401);
        _meter.Answer(403);
        _meter.Answer(500);
        _meter.Answer(201);
        Assert.Contains("unauthenticated 1", Counts());
        Assert.Contains("invalid 2", Counts());
    }

    [Fact]
    public void The_recording_s_meters_are_ours()
    {
        string[] recorded = [.. JsonDocument.Parse(File.ReadAllText(Vectors.Path("recorded", "jmx", "default", "beans-after-traffic.json"))).RootElement
            .GetProperty("names").EnumerateArray().Select(static name => name.GetString()!).Where(static name => name.StartsWith("metrics:", StringComparison.Ordinal)).Order()];
        Assert.Equal(recorded, _meter.Hadoop.All.Select(static each => "metrics:name=" + each.Key).Order());
    }

    [Fact]
    public void Measuring_allocates_nothing_with_and_without_a_listener()
    {
        Assert.Equal(0, Allocated());
        using MeterListener listener = new();
        double heard = 0;
        listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument is { Meter.Name: KmsMeter.Name, Name: "kms.server.operation.duration" })
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => heard += value);
        listener.Start();
        Assert.Equal(0, Allocated());
        Assert.True(heard > 0);
    }

    private static bool Has(MetricPoint point, string value) => point.Tags.Any(tag => (string?)tag.Value == value);

    private long Allocated()
    {
        // What is made once, the weights of the rates for one, is made at the first use: everything that is measured is used before.
        Measure(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Measure(1000);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Measure(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _meter.Hadoop.Begin(KmsOperation.DecryptEek, _time.GetTimestamp());
            _meter.Operation(KmsOperation.DecryptEek, OperationEnd.Ok, TimeSpan.FromMicroseconds(3), 1);
            _meter.Answer(200);
            _meter.SignIn(succeeded: true);
        }
    }

    private void Mark(RateMeter meter, int seconds)
    {
        for (int i = 0; i < seconds * 10; i++)
        {
            meter.Mark();
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    private IEnumerable<string> Counts() => _meter.Hadoop.All.Select(static each => $"{each.Key["hadoop.kms.".Length..^".calls.meter".Length]} {each.Value.Count}");

    private double Value(string name, string tag) => _meter.Families.Single(family => family.Name == name).Read().Single(point => Has(point, tag)).Value;
}
