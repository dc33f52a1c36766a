using System.Diagnostics;
using System.Reflection;
using KmsPS.Engine;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>What a warm DECRYPT_EEK may cost in the engine: 768 bytes (docs/02-architecture.md), and no waiting.</summary>
public sealed class DecryptBudgetTests
{
    private const int Rounds = 2000;
    private const int Budget = 768;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Without optimisation the compiler makes every state machine a class; the figure would be the build's and not the engine's.
    private static bool IsOptimised { get; } = typeof(KmsEngine).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_warm_decryption_stays_within_its_budget(bool keyAuthorization)
    {
        Assert.SkipUnless(IsOptimised, "The engine was built without optimisation; build with -c Release.");
        using TemporaryDirectory directory = new();
        IKeyProvider sqlite = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{directory.File("kms.db")}"), ProviderContext.System, Stop);

        // A long recheck: the figure is that of a hit.
        await using CachingKeyProvider cache = CachingKeyProvider.Over(sqlite, TimeProvider.System, new CacheLimits { Recheck = TimeSpan.FromHours(1) });
        KmsEngine engine = new(cache, FixedAcl.Open, new SilentAudit(), TimeProvider.System, keyAuthorization);
        Call alice = new(new Caller("alice", "alice", AuthenticationMethod.Simple, NameSet.Empty), CallOrigin.Embedded("test"));
        (await engine.CreateKeyAsync(alice, NewKey.Default(KeyName.Parse("k")), Stop)).Dispose();
        EekBatch? made = await engine.GenerateEekAsync(alice, new GenerateRequest(KeyName.Parse("k")), Stop);
        EncryptedKeyVersion eek = made![0];
        for (int i = 0; i < 200; i++)
        {
            using SecretBytes dek = await engine.DecryptEekAsync(alice, eek, CancellationToken.None);
        }

        // INVARIANT: nothing waits, so everything stays on this thread and its counter tells the whole cost.
        int thread = Environment.CurrentManagedThreadId;
        long before = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < Rounds; i++)
        {
            using SecretBytes dek = await engine.DecryptEekAsync(alice, eek, CancellationToken.None);
        }

        double nanoseconds = Stopwatch.GetElapsedTime(started).TotalNanoseconds / Rounds;
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} bytes and {nanoseconds:F0} ns for a warm DECRYPT_EEK, key authorisation {keyAuthorization}");
        Assert.InRange(bytes, 1, Budget);
    }

    [Fact]
    public void A_schedule_that_is_kept_makes_no_garbage()
    {
        using KeyVersion zone = new(KeyName.Parse("k"), KeyVersionName.Parse("k@0"), SecretBytes.Random(16), DateTimeOffset.UnixEpoch);
        AesCtr.Warm(zone.Material!);
        byte[] counter = new byte[16];
        byte[] block = new byte[16];
        Assert.Equal(0, AllocatedBy(() =>
        {
            using SecretLease lease = zone.Material!.Open();
            using AesCtrKey ready = new(lease, default);
            ready.Transform(counter, block, block);
        }));
    }

    private static long AllocatedBy(Action work)
    {
        work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private sealed class SilentAudit : IAuditTrail
    {
        public ValueTask RequireAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CountOkAsync(in Call call, in AuditedAccess access, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
