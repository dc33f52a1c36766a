using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What the sealed part of a key's row says. A key that is deleted and made again is another incarnation.</summary>
/// <param name="Incarnation">From <see cref="Incarnations"/>; bound into the seal of every version.</param>
/// <param name="Name">The key.</param>
/// <param name="Cipher">Its transformation.</param>
/// <param name="BitLength">Length of its material, in bits.</param>
/// <param name="CreatedMs">When it was made, in milliseconds of the Unix epoch.</param>
/// <param name="Description">Free text, or <see langword="null"/>.</param>
/// <param name="Attributes">Free pairs.</param>
/// <param name="CurrentNumber">Number of its newest version.</param>
/// <param name="CurrentName">Name of its newest version.</param>
/// <param name="CurrentMs">When its newest version was made.</param>
/// <param name="DeletedMs">When it was deleted, or <see langword="null"/>.</param>
/// <param name="UseRevision">Revision of the row that limits the key's use (<see cref="KeyUseRow"/>); 0 while nothing does.</param>
internal sealed record KeyRecord(
    long Incarnation,
    KeyName Name,
    CipherName Cipher,
    int BitLength,
    long CreatedMs,
    string? Description,
    FrozenDictionary<string, string> Attributes,
    int CurrentNumber,
    KeyVersionName CurrentName,
    long CurrentMs,
    long? DeletedMs,
    long UseRevision = 0)
{
    private const long None = long.MinValue;
    private const string Layout = "KmsPS key record 1";

    // Releases that do not know it refuse the key: none of them uses a key that is disabled.
    private const string LimitedLayout = "KmsPS key record 2";

    /// <summary>What every version's seal binds of its key: all that never changes.</summary>
    internal byte[] Digest()
    {
        RowWriter writer = new("KmsPS key facts 1");
        WriteFacts(ref writer);
        return SHA256.HashData(writer.Span);
    }

    internal byte[] Encode()
    {
        RowWriter writer = new(UseRevision == 0 ? Layout : LimitedLayout);
        WriteFacts(ref writer);
        writer.Add(CurrentNumber);
        writer.Add(CurrentName.Value);
        writer.Add(CurrentMs);
        writer.Add(DeletedMs ?? None);
        if (UseRevision != 0)
        {
            writer.Add(UseRevision);
        }

        return writer.Span.ToArray();
    }

    internal static KeyRecord Decode(long incarnation, KeyName name, ReadOnlySpan<byte> plain)
    {
        RowReader reader = new(plain);
        string layout = reader.Text();
        if (layout is not (Layout or LimitedLayout))
        {
            throw NewerRelease.Wrote(name, layout, LimitedLayout);
        }

        CipherName cipher = new(reader.Text());
        int bits = checked((int)reader.Number());
        long created = reader.Number();
        string? description = reader.Number() == 1 ? reader.Text() : null;
        Dictionary<string, string> attributes = new(StringComparer.Ordinal);
        for (long left = reader.Number(); left > 0; left--)
        {
            attributes.Add(reader.Text(), reader.Text());
        }

        int number = checked((int)reader.Number());
        KeyVersionName current = KeyVersionName.Parse(reader.Text());
        long currentMs = reader.Number();
        long deleted = reader.Number();
        long useRevision = layout == LimitedLayout ? reader.Number() : 0;
        return reader.IsAtEnd
            ? new KeyRecord(incarnation, name, cipher, bits, created, description, attributes.ToFrozenDictionary(StringComparer.Ordinal), number, current, currentMs, deleted == None ? null : deleted, useRevision)
            : throw new FormatException("A key's row is longer than its layout.");
    }

    /// <summary>The same for the rest of the program.</summary>
    /// <param name="nextNumber">Number that the name's next version will have.</param>
    /// <param name="use">What may be done with it.</param>
    internal KeyMetadata Metadata(int nextNumber, KeyUse use) =>
        new(Name, Cipher, BitLength, Description, Attributes, DateTimeOffset.FromUnixTimeMilliseconds(CreatedMs), nextNumber)
        {
            Current = CurrentName,
            // A version that came from where no dates are kept has none; the epoch stands for that, as in Hadoop's clients.
            CurrentCreated = CurrentMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(CurrentMs) : null,
            Deleted = DeletedMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            Use = use,
        };

    /// <summary>Name and number, for an error's text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Printable.Text(Name.Value)} (incarnation {Incarnation:x16})");

    private void WriteFacts(ref RowWriter writer)
    {
        writer.Add(Cipher.Value);
        writer.Add(BitLength);
        writer.Add(CreatedMs);
        writer.Add(Description is null ? 0 : 1);
        if (Description is not null)
        {
            writer.Add(Description);
        }

        writer.Add(Attributes.Count);
        foreach ((string name, string value) in Attributes.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Add(name);
            writer.Add(value);
        }
    }
}
