using System.Globalization;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Keys;

/// <summary>
/// The name of one key version: an opaque string, unique in its store. Ours read <c>name@3</c>, imported ones keep theirs byte for
/// byte, and none is ever parsed to find the key's name.
/// </summary>
public readonly record struct KeyVersionName
{
    private readonly string? _value;

    private KeyVersionName(string value) => _value = value;

    /// <summary>The name as it was given.</summary>
    public string Value => _value ?? "";

    /// <summary>The name that a new version gets. SOURCE: Hadoop KeyProvider.buildVersionName.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="number">0 for the first version.</param>
    public static KeyVersionName Of(KeyName key, int number) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{key.Value}@{number}"));

    /// <summary>Takes a version name from outside, or from a store.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the text is empty.</exception>
    public static KeyVersionName Parse(string text) =>
        string.IsNullOrEmpty(text)
            ? throw new KmsException(ErrorKind.InvalidRequest, "A key version name must not be empty.", "Name a version such as mykey@0.")
            : new KeyVersionName(text);

    /// <summary>The name itself. Escape it with <see cref="Printable"/> before it goes to a terminal or a log.</summary>
    public override string ToString() => Value;
}
