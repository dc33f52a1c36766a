using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Benchmarks.Micro;

/// <summary>B15: the JSON of one DECRYPT_EEK, read and written.</summary>
public class WireBenchmarks
{
    private readonly byte[] _body = Encoding.UTF8.GetBytes("""{"name":"zone","iv":"ICEiIyQlJicoKSorLC0uLw","material":"MDEyMzQ1Njc4OTo7PD0-Pw"}""");
    private readonly ArrayBufferWriter<byte> _answer = new(1024);
    private readonly KeyName _key = KeyName.Parse("zone");
    private readonly SecretBytes _dek = SecretBytes.Random(16);
    private readonly ArrayBufferWriter<byte> _long = new(256 * 1024);
    private readonly EekBatch _batch = new(KeyName.Parse("zone"), KeyVersionName.Parse("zone@0"), 16, new byte[500 * 32]);

    [GlobalCleanup]
    public void CleanUp() => _dek.Dispose();

    [Benchmark(Description = "JSON of a decrypt request")]
    public int ReadRequest() => KmsJson.ReadEek(_body).Material!.Length;

    [Benchmark(Description = "JSON of 500 EEKs")]
    public int WriteEeks()
    {
        _long.ResetWrittenCount();
        new EekArrayJson(_batch).WriteTo(_long);
        return _long.WrittenCount;
    }

    [Benchmark(Description = "JSON of a decrypt answer")]
    public int WriteAnswer()
    {
        _answer.ResetWrittenCount();
        KmsJson.WriteDecrypted(_answer, _key, _dek);
        return _answer.WrittenCount;
    }
}
