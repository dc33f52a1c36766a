using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Crypto;

public sealed class AesCtrTests
{
    // SOURCE: NIST SP 800-38A, F.5.1, F.5.3 and F.5.5: the same counter and the same four blocks under keys of three lengths.
    private const string Counter = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    private const string Plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

    [Theory]
    [InlineData("2b7e151628aed2a6abf7158809cf4f3c", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee")]
    [InlineData("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050")]
    [InlineData("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6")]
    public void The_vectors_of_the_standard_hold(string key, string cipher)
    {
        byte[] output = new byte[64];
        AesCtr.Transform(Convert.FromHexString(key), Convert.FromHexString(Counter), Convert.FromHexString(Plain), output);
        Assert.Equal(cipher, Convert.ToHexStringLower(output));
        AesCtr.Transform(Convert.FromHexString(key), Convert.FromHexString(Counter), output, output);
        Assert.Equal(Plain, Convert.ToHexStringLower(output));
    }

    [Fact]
    public void The_fast_path_and_the_reference_agree()
    {
        Assert.SkipUnless(AesSchedule.IsSupported, "This processor has no AES instructions; .NET's AES is used.");
        Arbitrary<(byte[] Key, byte[] Counter, byte[] Input)> cases = (
            from length in Gen.Elements(16, 24, 32)
            from key in Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>(), length)
            from high in Gen.Elements<byte>(0, 0xFF)
            from counter in Gen.ArrayOf(Gen.OneOf(ArbMap.Default.GeneratorFor<byte>(), Gen.Constant(high)), 16)
            from size in Gen.Choose(0, 100)
            from input in Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>(), size)
            select (key, counter, input)).ToArbitrary();
        Prop.ForAll(cases, static each =>
        {
            byte[] expected = Reference(each.Key, each.Counter, each.Input);
            byte[] fresh = new byte[each.Input.Length];
            AesCtr.Transform(each.Key, each.Counter, each.Input, fresh);
            using SecretBytes secret = SecretBytes.CopyOf(each.Key);
            AesCtr.Warm(secret);
            byte[] warm = new byte[each.Input.Length];
            using (SecretLease lease = secret.Open())
            {
                Assert.Equal(AesSchedule.LengthFor(each.Key.Length), lease.Derived.Length);
                using AesCtrKey ready = new(lease, stackalloc byte[AesSchedule.MaxLength]);
                ready.Transform(each.Counter, each.Input, warm);
            }

            return expected.AsSpan().SequenceEqual(fresh) && expected.AsSpan().SequenceEqual(warm);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(64)]
    public void A_key_of_another_length_is_refused(int length) =>
        Assert.Throws<CryptographicException>(() => AesCtr.Transform(new byte[length], new byte[16], new byte[16], new byte[16]));

    [Fact]
    public void The_schedule_is_zeroed_with_the_key()
    {
        Assert.SkipUnless(AesSchedule.IsSupported, "No schedule is kept.");
        SecretBytes secret = SecretBytes.Random(32);
        AesCtr.Warm(secret);
        SecretLease lease = secret.Open();
        ReadOnlySpan<byte> schedule = lease.Derived;
        Assert.True(schedule.ContainsAnyExcept((byte)0));
        secret.Dispose();
        Assert.True(schedule.ContainsAnyExcept((byte)0));
        lease.Dispose();
        Assert.False(schedule.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Random_bytes_are_given_out_once()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        byte[] bytes = new byte[16];
        for (int i = 0; i < 10_000; i++)
        {
            RandomPool.Mine.Fill(bytes);
            Assert.True(seen.Add(Convert.ToHexString(bytes)));
        }

        byte[] large = new byte[10_000];
        RandomPool.Mine.Fill(large);
        Assert.Contains(large.AsSpan(9_000).ToArray(), static b => b != 0);
    }

    private static byte[] Reference(byte[] key, byte[] counter, byte[] input)
    {
        byte[] output = new byte[input.Length];
        using AesCtrKey portable = new(key, default, default, portable: true);
        portable.Transform(counter, input, output);
        return output;
    }
}
