using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Crypto;

/// <summary>Turns a passphrase into a sealer.</summary>
/// <remarks>
/// PBKDF2-HMAC-SHA-512. The rounds are written beside what is sealed, so that a later release may ask for more. SOURCE: NIST SP
/// 800-132; OWASP Password Storage Cheat Sheet (210,000 rounds of SHA-512 at least).
/// </remarks>
internal static class PassphraseSealer
{
    /// <summary>Rounds for what is sealed now.</summary>
    internal const int Rounds = 300_000;

    /// <summary>Bytes of a salt.</summary>
    internal const int SaltLength = 16;

    // What a file may ask for: fewer rounds were never written, more would keep a start waiting for minutes.
    private const int FewestRounds = 1_000;
    private const int MostRounds = 10_000_000;

    /// <summary>Whether a file may name this number of rounds.</summary>
    internal static bool IsSound(long rounds) => rounds is >= FewestRounds and <= MostRounds;

    /// <summary>The sealer of a passphrase; takes a noticeable part of a second.</summary>
    internal static KeySealer Derive(SecretBytes passphrase, ReadOnlySpan<byte> salt, int rounds)
    {
        using SecretLease plain = passphrase.Open();
        using SecretBytes key = SecretBytes.Create(KeySealer.KeyLength, new Job(plain.Span, salt, rounds), static (destination, job) =>
            Rfc2898DeriveBytes.Pbkdf2(job.Passphrase, job.Salt, destination, job.Rounds, HashAlgorithmName.SHA512));
        return new KeySealer(key);
    }

    private readonly ref struct Job(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int rounds)
    {
        public readonly ReadOnlySpan<byte> Passphrase = passphrase;
        public readonly ReadOnlySpan<byte> Salt = salt;
        public readonly int Rounds = rounds;
    }
}
