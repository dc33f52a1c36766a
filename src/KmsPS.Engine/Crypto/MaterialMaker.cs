using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Crypto;

/// <summary>Makes material as Java's key generators do, so that every store of ours accepts and refuses the same.</summary>
internal static class MaterialMaker
{
    /// <summary>Material for a new version: a second handle on what was given, or fresh bytes. The caller disposes it.</summary>
    /// <exception cref="KmsException">
    /// <see cref="ErrorKind.CipherUnsupported"/> or <see cref="ErrorKind.LengthInvalid"/> when it is to be generated,
    /// <see cref="ErrorKind.MaterialLengthInvalid"/> when it does not have the key's length. Given material is not asked for its cipher.
    /// </exception>
    public static SecretBytes Take(KeyName key, CipherName cipher, int bitLength, SecretBytes? given)
    {
        int bytes = given?.Length ?? GeneratedBytes(key, cipher, bitLength);
        return bytes * 8L != bitLength ? throw KeyFaults.WrongMaterialLength(key, bitLength, bytes)
            : given?.Share() ?? SecretBytes.Random(bytes);
    }

    // SOURCE: the JCE's generators AES, DES, DESede, Blowfish and Hmac*; a DES key of 56 bits is 8 bytes long, which Hadoop then
    // refuses for its length.
    private static int GeneratedBytes(KeyName key, CipherName cipher, int bitLength) => cipher.Algorithm.ToUpperInvariant() switch
    {
        "AES" => bitLength is 128 or 192 or 256 ? bitLength / 8 : throw WrongKeySize(key, "must be equal to 128, 192 or 256"),
        "DES" => bitLength is 56 ? 8 : throw WrongKeySize(key, "must be equal to 56"),
        "DESEDE" => bitLength is 112 or 168 ? 24 : throw WrongKeySize(key, "must be equal to 112 or 168"),
        "BLOWFISH" => bitLength is >= 32 and <= 448 && bitLength % 8 == 0 ? bitLength / 8
            : throw WrongKeySize(key, "must be multiple of 8, and can only range from 32 to 448 (inclusive)"),
        "HMACSHA1" or "HMACSHA224" or "HMACSHA256" or "HMACSHA384" or "HMACSHA512" => bitLength is >= 40 and <= 8192 ? (bitLength + 7) / 8
            : throw WrongKeySize(key, "must be at least 40 bits and at most 8192"),
        _ => throw new KmsException(
            ErrorKind.CipherUnsupported,
            $"No material can be generated for the cipher '{Printable.Text(cipher.Value)}' of key '{Printable.Text(key.Value)}'",
            "Leave the cipher out (AES/CTR/NoPadding is taken), or give the material yourself.") { Subject = key.Value },
    };

    private static KmsException WrongKeySize(KeyName key, string rule) =>
        new(ErrorKind.LengthInvalid, string.Create(CultureInfo.InvariantCulture, $"Wrong keysize: {rule}"), "Choose a length that the cipher has.") { Subject = key.Value };
}
