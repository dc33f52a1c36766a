using System.Text;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// The content of a file, which never rolls. It is read as UTF-8 text and used whole, a line break at its end included.
/// SOURCE: Hadoop FileSignerSecretProvider.
/// </summary>
internal sealed class FileSignerSecrets : ISignerSecrets
{
    private readonly SecretBytes _secret;

    private FileSignerSecrets(SecretBytes secret)
    {
        _secret = secret;
        Current = new SignerSecretSet(secret, [secret]);
    }

    /// <inheritdoc/>
    public SignerSecretSet Current { get; }

    /// <summary>Reads <paramref name="path"/>; <see langword="null"/> with a reason when it holds no secret.</summary>
    public static FileSignerSecrets? TryRead(string path, out string? problem)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"Could not read signature secret file: {path}";
            return null;
        }

        // Bytes that are not UTF-8 become U+FFFD, as they do when Java reads characters.
        char[] text = Encoding.UTF8.GetChars(content);
        byte[] secret = Encoding.UTF8.GetBytes(text);
        try
        {
            problem = secret.Length == 0 ? $"No secret in signature secret file: {path}" : null;
            return problem is null ? new FileSignerSecrets(SecretBytes.CopyOf(secret)) : null;
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(content);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
            Array.Clear(text);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _secret.Dispose();
}
