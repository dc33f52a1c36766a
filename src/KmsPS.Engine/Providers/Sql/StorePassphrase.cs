using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Finds the passphrase that a store's key file is locked with. It is never taken from a command line.</summary>
internal static class StorePassphrase
{
    /// <summary>Names a file of mode 0600; relative to the configuration directory.</summary>
    internal const string FileProperty = "kmsps.store.key.passphrase.file";

    /// <summary>The variable that is looked at next.</summary>
    internal const string Variable = "KMSPS_STORE_KEY_PASSPHRASE";

    /// <summary>The name of a systemd credential, looked at last. SOURCE: systemd.exec(5), LoadCredential=.</summary>
    internal const string Credential = "kmsps-store-key-passphrase";

    private const int Longest = 4096;

    /// <summary>The passphrase, which the caller disposes; <see langword="null"/> where none was set.</summary>
    internal static SecretBytes? Find(ProviderContext context)
    {
        if (context.StorePassphrase is { } given)
        {
            return given.Share();
        }

        if (context.Property(FileProperty)?.Trim() is { Length: > 0 } named)
        {
            return Read(Path.GetFullPath(named, context.ConfigurationDirectory ?? Environment.CurrentDirectory));
        }

        if (context.Environment(Variable) is { Length: > 0 } text)
        {
            return Of(Encoding.UTF8.GetBytes(text));
        }

        return context.Environment("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder && File.Exists(Path.Combine(folder, Credential))
            ? Read(Path.Combine(folder, Credential))
            : null;
    }

    private static SecretBytes Read(string path)
    {
        try
        {
            using SecretBytes whole = PrivateFile.Read(path, "The passphrase file of the store key", Longest);
            using SecretLease lease = whole.Open();
            ReadOnlySpan<byte> trimmed = lease.Span.TrimEnd("\r\n"u8);
            return trimmed.Length > 0
                ? SecretBytes.CopyOf(trimmed)
                : throw new ConfigurationException("The passphrase file of the store key holds no passphrase", path, remedy: "Write the passphrase into its first line.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The passphrase file of the store key cannot be read: {failure.Message}", path, remedy: "Run as the account that owns the file.", inner: failure);
        }
    }

    private static SecretBytes Of(byte[] bytes)
    {
        try
        {
            return SecretBytes.CopyOf(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
