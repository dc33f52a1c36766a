using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The text of a key file: comment lines that begin with <c>#</c>, and for each key either <c>kmsps-store-key-1 ID KEY</c> or, under a
/// passphrase, <c>kmsps-store-key-pbkdf2-1 ID ROUNDS SALT SEAL</c>. The oldest key comes first.
/// </summary>
/// <remarks>INVARIANT: a format at rest (docs/03-formats-at-rest.md).</remarks>
internal static class StoreKeyText
{
    private const string SealPurpose = "KmsPS store key 1";
    private const int KeyTextLength = 44;
    private const int SaltTextLength = 24;
    private const int SealTextLength = 80;
    private const int IdTextLength = 2 * StoreKey.IdLength;

    private static ReadOnlySpan<byte> Header => """
        # KmsPS store key. Whoever has this file and the database has every key in it.
        # Keep a copy of it, and keep it apart from the copies of the database.

        """u8;

    private static ReadOnlySpan<byte> LockedHeader => """
        # KmsPS store key, locked with a passphrase. Without the passphrase this file opens nothing.
        # Keep a copy of both, and keep them apart from the copies of the database.

        """u8;

    private static ReadOnlySpan<byte> Open => "kmsps-store-key-1 "u8;

    private static ReadOnlySpan<byte> Locked => "kmsps-store-key-pbkdf2-1 "u8;

    /// <summary>The text of the keys, locked where there is a passphrase; the caller disposes it.</summary>
    internal static SecretBytes Write(IReadOnlyList<StoreKey> keys, SecretBytes? passphrase)
    {
        // Large enough from the start: what is grown leaves a copy behind.
        ArrayBufferWriter<byte> text = new(512 + (keys.Count * 256));
        try
        {
            text.Write(passphrase is null ? Header : LockedHeader);
            if (passphrase is null)
            {
                foreach (StoreKey key in keys)
                {
                    WriteOpen(text, key);
                }
            }
            else
            {
                WriteLocked(text, keys, passphrase);
            }

            return SecretBytes.CopyOf(text.WrittenSpan);
        }
        finally
        {
            text.Clear();
        }
    }

    /// <summary>Reads the keys; the caller disposes them.</summary>
    /// <exception cref="ConfigurationException">The text is damaged, or locked and the passphrase is missing or another one.</exception>
    internal static List<StoreKey> Read(ReadOnlySpan<byte> text, string path, SecretBytes? passphrase)
    {
        List<StoreKey> keys = [];
        using Derived derived = new(passphrase, path);
        int number = 0;
        try
        {
            while (!text.IsEmpty)
            {
                number++;
                int end = text.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = (end < 0 ? text : text[..end]).Trim(" \t\r"u8);
                text = end < 0 ? default : text[(end + 1)..];
                if (!line.IsEmpty && line[0] != (byte)'#')
                {
                    keys.Add((line.StartsWith(Locked) ? ReadLocked(line[Locked.Length..], derived) : ReadOpen(line)) ?? throw Broken(path, number, "the line does not read 'kmsps-store-key-1 ID KEY'"));
                }
            }

            return keys.Count > 0 ? keys : throw Broken(path, number, "there is no key in it");
        }
        catch
        {
            keys.ForEach(static key => key.Dispose());
            throw;
        }
    }

    private static void WriteOpen(ArrayBufferWriter<byte> text, StoreKey key)
    {
        text.Write(Open);
        text.Write(Encoding.ASCII.GetBytes(key.Name));
        text.Write(" "u8);
        using SecretLease secret = key.Key.Open();
        WriteBase64(text, secret.Span);
        text.Write("\n"u8);
    }

    private static void WriteLocked(ArrayBufferWriter<byte> text, IReadOnlyList<StoreKey> keys, SecretBytes passphrase)
    {
        // One salt for all lines: they are opened together, and the rounds are what costs.
        byte[] salt = RandomNumberGenerator.GetBytes(PassphraseSealer.SaltLength);
        using KeySealer sealer = PassphraseSealer.Derive(passphrase, salt, PassphraseSealer.Rounds);
        foreach (StoreKey key in keys)
        {
            text.Write(Locked);
            text.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{key.Name} {PassphraseSealer.Rounds} ")));
            WriteBase64(text, salt);
            text.Write(" "u8);
            using SecretLease secret = key.Key.Open();
            WriteBase64(text, sealer.Seal(secret.Span, Bind(key.Id.Span, PassphraseSealer.Rounds, salt).Span));
            text.Write("\n"u8);
        }
    }

    private static void WriteBase64(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> bytes)
    {
        Base64.EncodeToUtf8(bytes, text.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out int written);
        text.Advance(written);
    }

    private static StoreKey? ReadOpen(ReadOnlySpan<byte> line)
    {
        int idEnd = Open.Length + IdTextLength;
        if (line.Length != idEnd + 1 + KeyTextLength || !line.StartsWith(Open) || line[idEnd] != (byte)' ' || ReadId(line[Open.Length..idEnd]) is not { } id)
        {
            return null;
        }

        // 44 characters give at most 33 bytes; anything but 32 is no key.
        Span<byte> raw = stackalloc byte[KeySealer.KeyLength + 1];
        try
        {
            bool good = Base64.DecodeFromUtf8(line[(idEnd + 1)..], raw, out _, out int written) == OperationStatus.Done && written == KeySealer.KeyLength;
            return good ? new StoreKey(id, SecretBytes.CopyOf(raw[..KeySealer.KeyLength])) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(raw);
        }
    }

    private static StoreKey? ReadLocked(ReadOnlySpan<byte> rest, Derived derived)
    {
        string[] words = Encoding.ASCII.GetString(rest).Split(' ');
        byte[] salt = new byte[SaltTextLength];
        byte[] box = new byte[SealTextLength];
        if (words is not [{ Length: IdTextLength } idText, var roundsText, { Length: SaltTextLength } saltText, { Length: SealTextLength } boxText]
            || ReadId(Encoding.ASCII.GetBytes(idText)) is not { } id
            || !int.TryParse(roundsText, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) || !PassphraseSealer.IsSound(rounds)
            || !Convert.TryFromBase64String(saltText, salt, out int saltLength) || saltLength != PassphraseSealer.SaltLength
            || !Convert.TryFromBase64String(boxText, box, out int boxLength) || boxLength != KeySealer.KeyLength + KeySealer.Overhead)
        {
            return null;
        }

        KeySealer sealer = derived.For(salt.AsSpan(0, saltLength), rounds);
        return sealer.TryOpen(box.AsSpan(0, boxLength), Bind(id, rounds, salt.AsSpan(0, saltLength)).Span) is { } key ? new StoreKey(id, key) : throw derived.Refused(idText);
    }

    private static byte[]? ReadId(ReadOnlySpan<byte> text)
    {
        byte[] id = new byte[StoreKey.IdLength];
        return Convert.FromHexString(text, id, out _, out _) == OperationStatus.Done ? id : null;
    }

    private static RowWriter Bind(ReadOnlySpan<byte> id, int rounds, ReadOnlySpan<byte> salt)
    {
        RowWriter bound = new(SealPurpose);
        bound.Add(id);
        bound.Add(rounds);
        bound.Add(salt);
        return bound;
    }

    private static ConfigurationException Broken(string path, int line, string why) =>
        new($"The store's key file is damaged: {why}", path, line, remedy: "Put the copy back that was made of it.");

    /// <summary>The sealer of the line before, which the next line most often needs again.</summary>
    private sealed class Derived(SecretBytes? passphrase, string path) : IDisposable
    {
        private KeySealer? _sealer;
        private byte[] _salt = [];
        private int _rounds;

        internal KeySealer For(ReadOnlySpan<byte> salt, int rounds)
        {
            if (_sealer is { } known && rounds == _rounds && salt.SequenceEqual(_salt))
            {
                return known;
            }

            if (passphrase is null)
            {
                throw new ConfigurationException("The store's key file is locked with a passphrase, and none is set", path, remedy: $"Name a file of mode 0600 in {StorePassphrase.FileProperty}, set {StorePassphrase.Variable}, or give a systemd credential named {StorePassphrase.Credential}; in the shell, Connect-KmsProvider -StorePassphrase.");
            }

            _sealer?.Dispose();
            _sealer = PassphraseSealer.Derive(passphrase, salt, rounds);
            _salt = salt.ToArray();
            _rounds = rounds;
            return _sealer;
        }

        internal ConfigurationException Refused(string id) =>
            new($"The passphrase does not open store key {id}: it is another one, or the line was changed", path, remedy: "Set the passphrase that the file was locked with, or put the copy back that was made of the file.");

        public void Dispose() => _sealer?.Dispose();
    }
}
