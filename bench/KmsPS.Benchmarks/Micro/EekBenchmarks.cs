using BenchmarkDotNet.Attributes;
using KmsPS.Engine;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Benchmarks.Micro;

/// <summary>B15: the parts of one DECRYPT_EEK, and the whole of it without HTTP.</summary>
public class EekBenchmarks
{
    private readonly byte[] _key = new byte[32];
    private readonly byte[] _counter = new byte[16];
    private readonly byte[] _wrapped = new byte[32];
    private readonly byte[] _plain = new byte[32];
    private readonly Call _call = new(new Caller("bench", "bench", AuthenticationMethod.Simple, NameSet.Empty), CallOrigin.Embedded("bench"));
    private KmsEngine? _engine;
    private KeyVersion? _zoneKey;
    private EncryptedKeyVersion? _eek;

    [GlobalSetup]
    public async Task SetUp()
    {
        MemoryKeyProvider store = new();
        KeyName name = KeyName.Parse("zone");
        _engine = new KmsEngine(store, FixedAcl.Open, new SilentAudit(), TimeProvider.System, keyAuthorization: true);
        using KeyVersion made = await _engine.CreateKeyAsync(_call, NewKey.Default(name), CancellationToken.None);
        _zoneKey = await store.FindCurrentAsync(name, CancellationToken.None);
        EekBatch? batch = await _engine.GenerateEekAsync(_call, new GenerateRequest(name), CancellationToken.None);
        _eek = batch![0];
    }

    [GlobalCleanup]
    public void CleanUp() => _zoneKey?.Dispose();

    [Benchmark(Description = "AES-256-CTR over 32 bytes, key schedule included")]
    public void Transform() => AesCtr.Transform(_key, _counter, _wrapped, _plain);

    [Benchmark(Description = "EekCipher.Decrypt with a cached zone key")]
    public int Decrypt()
    {
        using SecretBytes dek = EekCipher.Decrypt(_zoneKey!, _eek!.Iv.Span, _eek.EncryptedMaterial.Span);
        return dek.Length;
    }

    [Benchmark(Description = "EekCipher.Generate of 500")]
    public int Generate() => EekCipher.Generate(_zoneKey!, 500).Count;

    [Benchmark(Description = "warm DECRYPT_EEK through the pipeline")]
    public async ValueTask<int> Pipeline()
    {
        using SecretBytes dek = await _engine!.DecryptEekAsync(_call, _eek!, CancellationToken.None);
        return dek.Length;
    }
}
