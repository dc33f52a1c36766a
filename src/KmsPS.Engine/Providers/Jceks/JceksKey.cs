using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>What was found inside a sealed entry.</summary>
/// <param name="Metadata">A key's metadata, or <see langword="null"/>.</param>
/// <param name="Material">A version's material, or <see langword="null"/>.</param>
internal sealed record JceksContent(KeyMetadata? Metadata, SecretBytes? Material);

/// <summary>One entry of the store, unsealed when it is first asked for: that takes a tenth of a second and is done once.</summary>
internal sealed class JceksKey(JavaKeyStoreEntry entry, string file)
{
    private readonly Lock _lock = new();
    private JceksContent? _content;

    internal JavaKeyStoreEntry Entry { get; } = entry;

    /// <summary>Makes an entry of a key's metadata.</summary>
    internal static JceksKey OfMetadata(KeyMetadata metadata, SecretBytes password, int iterations, DateTimeOffset now, string file) =>
        Of(metadata.Name.Value, JavaStreamWriter.KeyMetadata(JceksMetadata.Write(metadata)), new JceksContent(metadata, null), password, iterations, now, file);

    /// <summary>Makes an entry of a version's material; shares <paramref name="material"/>.</summary>
    internal static JceksKey OfVersion(KeyVersionName name, CipherName cipher, SecretBytes material, SecretBytes password, int iterations, DateTimeOffset now, string file)
    {
        using SecretLease lease = material.Open();
        byte[] plain = JavaStreamWriter.SecretKey(cipher.Value, lease.Span);
        try
        {
            return Of(name.Value, plain, new JceksContent(null, material.Share()), password, iterations, now, file);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Unseals the entry.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.StoreCorrupt"/>: it cannot be unsealed, or holds something else.</exception>
    internal JceksContent Content(SecretBytes password)
    {
        lock (_lock)
        {
            return _content ??= Unseal(password);
        }
    }

    private static JceksKey Of(string alias, byte[] plain, JceksContent content, SecretBytes password, int iterations, DateTimeOffset now, string file) =>
        new(new JavaKeyStoreEntry(alias, JavaEntryKind.SecretKey, now, KeyProtector.Seal(plain, password, iterations)), file) { _content = content };

    private JceksContent Unseal(SecretBytes password)
    {
        if (Entry.Kind != JavaEntryKind.SecretKey)
        {
            return new JceksContent(null, null);
        }

        byte[] plain = [];
        try
        {
            plain = KeyProtector.Unseal(Entry.Body.Span, password);
            JavaObject found = new JavaStreamReader(plain).ReadObject();
            return found.Class.Name switch
            {
                JavaStreamReader.KeyMetadataClass or JavaStreamReader.RangerMetadataClass => new JceksContent(ReadMetadata(plain, found), null),
                JavaStreamReader.SecretKeyClass => new JceksContent(null, Material(plain.AsSpan(found.Bytes("key")))),
                JavaStreamReader.KeyRepClass => new JceksContent(null, Material(plain.AsSpan(found.Bytes("encoded")))),
                var other => throw new FormatException($"a {other} is no key"),
            };
        }
        catch (CryptographicException other)
        {
            // The digest over the file was right, so its bytes are what somebody wrote: the password is another one.
            throw Unrecoverable("it does not open with the keystore's password", "Test-KmsKeyStore -Deep names every such entry. Give the entry the keystore's password (keytool -keypasswd; in Ranger's export tool the same password twice), or leave the key out. The other keys are not affected.", other);
        }
        catch (Exception damage) when (damage is FormatException or OverflowException)
        {
            throw Unrecoverable(damage.Message, "Test-KmsKeyStore -Deep names every such entry. Restore the keystore from a backup, or leave the key out; the other keys in it are not affected.", damage);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private KmsException Unrecoverable(string why, string remedy, Exception inner) =>
        new(ErrorKind.StoreCorrupt, $"Can't recover key {Printable.Text(Entry.Alias)} from file:{file}: {why}", remedy, inner: inner) { Subject = Entry.Alias };

    private static SecretBytes Material(ReadOnlySpan<byte> key) => key.IsEmpty ? throw new FormatException("Empty key") : SecretBytes.CopyOf(key);

    private KeyMetadata ReadMetadata(byte[] plain, JavaObject found)
    {
        byte[] text = [.. found.Blocks.SelectMany(range => plain[range])];
        int length = text.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(text) : -1;

        // Java reads bytes that are not UTF-8 as replacement characters.
        return length >= 0 && length <= text.Length - 4
            ? KeyName.Problem(Entry.Alias) is { } problem ? throw new FormatException($"no key can have its name: {problem}") : JceksMetadata.Read(KeyName.Parse(Entry.Alias), Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text, 4, length)))
            : throw new FormatException("the metadata is cut off");
    }
}
