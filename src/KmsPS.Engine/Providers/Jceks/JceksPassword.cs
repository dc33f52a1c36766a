using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>Finds the one password that protects a Hadoop keystore and every key in it.</summary>
/// <remarks>SOURCE: Hadoop AbstractJavaKeyStoreProvider, ProviderUtils.locatePassword.</remarks>
internal static class JceksPassword
{
    /// <summary>The variable that comes first, even when it is empty.</summary>
    internal const string Variable = "HADOOP_KEYSTORE_PASSWORD";

    /// <summary>The property that names a file, looked for in the configuration directory.</summary>
    internal const string FileProperty = "hadoop.security.keystore.java-keystore-provider.password-file";

    /// <exception cref="KmsException">The file that is named does not exist, or the password is not printable ASCII.</exception>
    internal static SecretBytes Find(ProviderContext context)
    {
        if (context.Environment(Variable) is { } value)
        {
            return Checked(Encoding.UTF8.GetBytes(value), $"the environment variable {Variable}", trims: false);
        }

        if (context.Property(FileProperty) is not { Length: > 0 } name)
        {
            return SecretBytes.CopyOf("none"u8);
        }

        string path = Path.IsPathRooted(name) || context.ConfigurationDirectory is null ? name : Path.Combine(context.ConfigurationDirectory, name);
        return File.Exists(path)
            ? Checked(File.ReadAllBytes(path), path, trims: true)
            : throw new ConfigurationException("Password file does not exist", path, remedy: $"{FileProperty} names a file in the configuration directory; put the keystore's password there, readable by its owner alone.");
    }

    // A file is trimmed, a variable is not. A JDK refuses other characters only at the first write, when it is too late to choose again.
    private static SecretBytes Checked(byte[] bytes, string where, bool trims)
    {
        try
        {
            ReadOnlySpan<byte> trimmed = trims ? bytes.AsSpan().Trim(" \t\n\v\f\r"u8) : bytes;
            return !trimmed.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E)
                ? SecretBytes.CopyOf(trimmed)
                : throw new ConfigurationException($"Password is not ASCII: the keystore password in {where} has a character that a JDK cannot seal keys with", remedy: "Use a password of printable ASCII characters.");
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
