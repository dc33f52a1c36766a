using System.Diagnostics.CodeAnalysis;
using System.Text;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Keys;

/// <summary>
/// The name of a key, exactly as Hadoop accepts it: blanks, slashes, <c>@</c>, quotes, any script, even a line break. Compared by
/// ordinal, never normalised or folded.
/// </summary>
public readonly record struct KeyName
{
    /// <summary>Longest name, in bytes of UTF-8.</summary>
    public const int MaxUtf8Length = 255;

    private readonly string? _value;

    private KeyName(string value) => _value = value;

    /// <summary>The name as it was given.</summary>
    public string Value => _value ?? "";

    /// <summary>The empty name. No key has it, but requests may ask for it.</summary>
    public static KeyName Empty { get; } = new("");

    /// <summary>Whether a request gave no name at all; error texts tell that from an empty one.</summary>
    public bool IsMissing => _value is null;

    /// <summary>Takes a name from outside.</summary>
    /// <exception cref="KmsException">
    /// <see cref="ErrorKind.KeyNameInvalid"/>: empty, over 255 bytes of UTF-8, or with a NUL or an unpaired surrogate in it.
    /// </exception>
    public static KeyName Parse(string text) =>
        Problem(text) is { } problem
            ? throw new KmsException(ErrorKind.KeyNameInvalid, $"'{Printable.Text(text)}' is no key name: {problem}.", "Choose a name of 1 to 255 bytes of UTF-8.") { Subject = text }
            : new KeyName(text);

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KeyName name)
    {
        if (text is null || Problem(text) is not null)
        {
            name = default;
            return false;
        }

        name = new KeyName(text);
        return true;
    }

    /// <summary>Takes a name that is asked for. One that is too long for any key is a name like any other that no key has.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.KeyNameInvalid"/>: as above, but for the length.</exception>
    public static KeyName Sought(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0 && CharacterProblem(text) is null ? new KeyName(text) : Parse(text);
    }

    /// <summary>The name itself. Escape it with <see cref="Printable"/> before it goes to a terminal or a log.</summary>
    public override string ToString() => Value;

    internal static string? Problem(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            return "it is empty";
        }

        if (text.Length > MaxUtf8Length || Encoding.UTF8.GetByteCount(text) > MaxUtf8Length)
        {
            return $"it is longer than {MaxUtf8Length} bytes of UTF-8";
        }

        return CharacterProblem(text);
    }

    private static string? CharacterProblem(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\0')
            {
                return $"character {i + 1} is NUL";
            }

            if (!char.IsSurrogate(c))
            {
                continue;
            }

            if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                return $"character {i + 1} is an unpaired surrogate";
            }

            i++;
        }

        return null;
    }
}
