namespace KmsPS.Engine.JavaKeyStores;

/// <summary>Something found in a Java serialisation stream. It is described, never instantiated.</summary>
internal abstract record JavaValue;

/// <summary>A string.</summary>
internal sealed record JavaText(string Value) : JavaValue;

/// <summary>A byte array, by its place in the stream: its content may be secret and is not copied.</summary>
internal sealed record JavaBytes(Range Place) : JavaValue;

/// <summary>A constant of an enumeration.</summary>
internal sealed record JavaEnum(string ClassName, string Constant) : JavaValue;

/// <summary>A class description; the first of <paramref name="Fields"/> are its own, in stream order.</summary>
internal sealed record JavaClass(string Name, bool HasWriteMethod, IReadOnlyList<string> Fields, JavaClass? Super) : JavaValue;

/// <summary>An object: its class, its fields by name, and the places of the raw blocks that its class wrote.</summary>
internal sealed record JavaObject(JavaClass Class, IReadOnlyDictionary<string, JavaValue?> Fields, IReadOnlyList<Range> Blocks) : JavaValue
{
    /// <summary>A field that must be a byte array.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal Range Bytes(string field) => Fields.GetValueOrDefault(field) is JavaBytes bytes
        ? bytes.Place
        : throw new FormatException($"the {Class.Name} has no byte array '{field}'");

    /// <summary>A field that must be a string.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal string Text(string field) => Fields.GetValueOrDefault(field) is JavaText text
        ? text.Value
        : throw new FormatException($"the {Class.Name} has no text '{field}'");
}
