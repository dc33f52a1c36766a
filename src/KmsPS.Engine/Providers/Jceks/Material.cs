using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>Material for a key: given, or generated.</summary>
internal static class Material
{
    internal static SecretBytes For(NewKey key) => Make(key.Name, key.Cipher, key.BitLength, key.Material);

    internal static SecretBytes For(KeyMetadata key, SecretBytes? given) => Make(key.Name, key.Cipher, key.BitLength, given);

    private static SecretBytes Make(KeyName name, CipherName cipher, int bits, SecretBytes? given)
    {
        if (given is not null)
        {
            return given.Length * 8 == bits && bits > 0 ? given.Share() : throw KeyFaults.WrongMaterialLength(name, bits, given.Length);
        }

        return cipher.Algorithm == "AES"
            ? bits is 128 or 192 or 256 ? SecretBytes.Random(bits / 8) : throw new KmsException(ErrorKind.LengthInvalid, "Wrong keysize: must be equal to 128, 192 or 256")
            : throw new KmsException(ErrorKind.CipherUnsupported, string.Create(CultureInfo.InvariantCulture, $"No material can be generated for the cipher '{cipher.Value}'"));
    }
}
