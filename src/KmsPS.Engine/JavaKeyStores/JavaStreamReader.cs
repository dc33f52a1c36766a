using System.Buffers.Binary;

namespace KmsPS.Engine.JavaKeyStores;

/// <summary>
/// Reads one object of a Java serialisation stream: the grammar, for a handful of classes that keystores are made of, and nothing
/// else. No type is ever resolved by name.
/// </summary>
/// <remarks>
/// SOURCE: Java Object Serialization Specification, chapter 6. An allow-list of classes takes the place of Java's
/// <c>jceks.key.serialFilter</c>: a stream that names another class is refused before its content is looked at.
/// </remarks>
internal ref struct JavaStreamReader
{
    /// <summary>Hadoop's metadata pseudo-key. SOURCE: Hadoop JavaKeyStoreProvider.KeyMetadata.</summary>
    internal const string KeyMetadataClass = "org.apache.hadoop.crypto.key.JavaKeyStoreProvider$KeyMetadata";

    /// <summary>
    /// The same with the same content under another name, as <c>exportKeysToJCEKS.sh</c> writes it. SOURCE: Apache Ranger
    /// RangerKeyStoreProvider.KeyMetadata.
    /// </summary>
    internal const string RangerMetadataClass = "org.apache.hadoop.crypto.key.RangerKeyStoreProvider$KeyMetadata";

    /// <summary>What the JDK seals a secret key into.</summary>
    internal const string SealedClass = "com.sun.crypto.provider.SealedObjectForKeyProtector";

    /// <summary>A secret key with an algorithm and raw bytes.</summary>
    internal const string SecretKeyClass = "javax.crypto.spec.SecretKeySpec";

    /// <summary>A key's stand-in in a stream, as keytool writes it for DES keys.</summary>
    internal const string KeyRepClass = "java.security.KeyRep";

    private const string ByteArray = "[B";
    private const int BaseHandle = 0x7E0000;
    private const int MaxDepth = 8;

    private static readonly string[] Known =
    [
        SealedClass, "javax.crypto.SealedObject", SecretKeyClass, KeyRepClass, "java.security.KeyRep$Type", "java.lang.Enum", KeyMetadataClass, RangerMetadataClass, ByteArray,
    ];

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly List<JavaValue?> _handles = [];
    private int _at;
    private int _depth;

    internal JavaStreamReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes read so far: where the stream ends, after <see cref="ReadObject"/>.</summary>
    internal readonly int Position => _at;

    /// <summary>Reads the header and the one object that follows.</summary>
    /// <exception cref="FormatException">It is cut off, malformed, or of a class that keystores do not hold.</exception>
    internal JavaObject ReadObject()
    {
        if (ReadInt32() != unchecked((int)0xACED0005))
        {
            throw new FormatException("no Java serialisation stream begins here");
        }

        return ReadContent() as JavaObject ?? throw new FormatException("the Java serialisation stream does not hold an object");
    }

    private JavaValue? ReadContent()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("the Java serialisation stream is nested too deeply");
        }

        byte tag = ReadByte();
        JavaValue? value = tag switch
        {
            0x70 => null,
            0x71 => ReadReference(),
            0x72 => ReadClass(),
            0x73 => ReadInstance(),
            0x74 => ReadText(),
            0x75 => ReadArray(),
            0x7E => ReadEnum(),
            _ => throw new FormatException($"the Java serialisation stream has an unexpected tag {tag:X2}"),
        };
        _depth--;
        return value;
    }

    private JavaValue? ReadReference()
    {
        int index = ReadInt32() - BaseHandle;
        return (uint)index < (uint)_handles.Count ? _handles[index] : throw new FormatException("the Java serialisation stream refers to an object that it does not hold");
    }

    private JavaText ReadText()
    {
        int slot = NewHandle();
        JavaText text = new(ReadUtf());
        _handles[slot] = text;
        return text;
    }

    private JavaClass ReadClass()
    {
        string name = ReadUtf();
        if (Array.IndexOf(Known, name) < 0)
        {
            throw new FormatException($"the Java class '{Keys.Printable.Text(name)}' has no place in a keystore");
        }

        Skip(sizeof(long));
        int slot = NewHandle();
        byte flags = ReadByte();
        int count = ReadUInt16();
        List<string> fields = [];
        for (int i = 0; i < count; i++)
        {
            char type = (char)ReadByte();
            fields.Add(ReadUtf());
            if (type is not ('[' or 'L'))
            {
                throw new FormatException($"the Java class '{name}' has a field of an unexpected type '{type}'");
            }

            _ = ReadContent();
        }

        if (ReadByte() != 0x78)
        {
            throw new FormatException($"the Java class '{name}' is annotated, which no keystore needs");
        }

        JavaClass described = new(name, (flags & 1) != 0, fields, ReadContent() switch
        {
            null => null,
            JavaClass parent => parent,
            _ => throw new FormatException($"the Java class '{name}' has something else in the place of its superclass"),
        });
        _handles[slot] = described;
        return described;
    }

    private JavaClass ReadClassOf(string what) =>
        ReadContent() as JavaClass ?? throw new FormatException($"the Java {what} has no class");

    private JavaObject ReadInstance()
    {
        JavaClass described = ReadClassOf("object");
        int slot = NewHandle();
        Dictionary<string, JavaValue?> fields = new(StringComparer.Ordinal);
        List<Range> blocks = [];
        ReadFields(described, fields, blocks);
        JavaObject instance = new(described, fields, blocks);
        _handles[slot] = instance;
        return instance;
    }

    private void ReadFields(JavaClass described, Dictionary<string, JavaValue?> fields, List<Range> blocks)
    {
        if (described.Super is { } parent)
        {
            ReadFields(parent, fields, blocks);
        }

        // The pseudo-keys declare a field that their own write method leaves out.
        if (described.Name is not (KeyMetadataClass or RangerMetadataClass))
        {
            foreach (string field in described.Fields)
            {
                fields[field] = ReadContent();
            }
        }

        if (!described.HasWriteMethod)
        {
            return;
        }

        for (byte tag = ReadByte(); tag != 0x78; tag = ReadByte())
        {
            int length = tag switch
            {
                0x77 => ReadByte(),
                0x7A => ReadInt32(),
                _ => throw new FormatException($"the Java object has an unexpected tag {tag:X2} among its blocks"),
            };
            blocks.Add(Take(length));
        }
    }

    private JavaBytes ReadArray()
    {
        if (ReadClassOf("array").Name != ByteArray)
        {
            throw new FormatException("the Java array is not one of bytes");
        }

        int slot = NewHandle();
        JavaBytes array = new(Take(ReadInt32()));
        _handles[slot] = array;
        return array;
    }

    private JavaEnum ReadEnum()
    {
        JavaClass described = ReadClassOf("enumeration");
        int slot = NewHandle();
        JavaText constant = ReadContent() as JavaText ?? throw new FormatException("the Java enumeration has no constant");
        JavaEnum value = new(described.Name, constant.Value);
        _handles[slot] = value;
        return value;
    }

    private readonly int NewHandle()
    {
        _handles.Add(null);
        return _handles.Count - 1;
    }

    private string ReadUtf()
    {
        int length = ReadUInt16();
        return ModifiedUtf8.Decode(_bytes[Take(length)]);
    }

    private byte ReadByte() => _bytes[Take(1)][0];

    private int ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Take(2)]);

    private int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(_bytes[Take(4)]);

    private void Skip(int length) => _ = Take(length);

    private Range Take(int length)
    {
        if (length < 0 || length > _bytes.Length - _at)
        {
            throw new FormatException("the Java serialisation stream is cut off");
        }

        int start = _at;
        _at += length;
        return start.._at;
    }
}
