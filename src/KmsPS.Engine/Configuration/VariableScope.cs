using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Configuration;

/// <summary>What <c>${…}</c> in a value can see beside the other properties: the environment, and what Java calls system properties.</summary>
/// <param name="Environment">An environment variable, or <see langword="null"/>.</param>
/// <param name="System">A system property such as <c>user.home</c>, or <see langword="null"/>.</param>
public sealed record VariableScope(Func<string, string?> Environment, Func<string, string?> System)
{
    private const int MaxDepth = 20;

    /// <summary>The process's own environment and account.</summary>
    public static VariableScope Process { get; } = new(global::System.Environment.GetEnvironmentVariable, JavaProperty);

    /// <summary>Nothing but the other properties.</summary>
    public static VariableScope None { get; } = new(static _ => null, static _ => null);

    /// <summary>Replaces <c>${name}</c>, <c>${env.NAME}</c>, <c>${env.NAME-default}</c> and <c>${env.NAME:-default}</c>.</summary>
    /// <remarks>
    /// SOURCE: Hadoop Configuration.substituteVars. An unknown name ends the replacement and stays as it is; a value that
    /// contains its own reference gives the original text.
    /// </remarks>
    /// <exception cref="ConfigurationException">More than 20 replacements.</exception>
    public string Expand(HadoopProperty property, string text, Func<string, string?> raw)
    {
        ArgumentNullException.ThrowIfNull(text);
        string result = text;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            if (!FindVariable(result, out int start, out int length))
            {
                return result;
            }

            string name = result.Substring(start, length);
            if ((Outer(name) ?? raw(name)) is not { } value)
            {
                return result;
            }

            string reference = $"${{{name}}}";
            if (value.Contains(reference, StringComparison.Ordinal))
            {
                return text;
            }

            result = string.Concat(result.AsSpan(0, start - 2), value, result.AsSpan(start + length + 1));
        }

        throw new ConfigurationException(
            $"{property.Name}: Variable substitution depth too large: {MaxDepth} {text}",
            property.File,
            property.Line > 0 ? property.Line : null,
            remedy: "Do two properties refer to each other?");
    }

    private string? Outer(string name)
    {
        if (name.Length <= 4 || !name.StartsWith("env.", StringComparison.Ordinal))
        {
            return System(name);
        }

        string rest = name[4..];
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] == ':' && i + 1 < rest.Length && rest[i + 1] == '-')
            {
                return Environment(rest[..i]) is { Length: > 0 } set ? set : rest[(i + 2)..];
            }

            if (rest[i] == '-')
            {
                return Environment(rest[..i]) ?? rest[(i + 1)..];
            }
        }

        return Environment(rest);
    }

    // A name ends at '}'; a blank or '$' in it, or nothing in it, makes it no variable, and the search goes on behind that place.
    private static bool FindVariable(string text, out int start, out int length)
    {
        (start, length) = (0, 0);
        int from = 1;
        while (from < text.Length && text.IndexOf('{', from) is var brace && brace > 0 && brace + 2 < text.Length)
        {
            if (text[brace - 1] != '$')
            {
                from = brace + 1;
                continue;
            }

            int stop = text.AsSpan(brace + 1).IndexOfAny("} $");
            if (stop < 0)
            {
                return false;
            }

            if (stop > 0 && text[brace + 1 + stop] == '}')
            {
                (start, length) = (brace + 1, stop);
                return true;
            }

            from = brace + 1 + stop + 1;
        }

        return false;
    }

    private static string? JavaProperty(string name) => name switch
    {
        "user.name" => global::System.Environment.UserName,
        "user.home" => global::System.Environment.GetFolderPath(global::System.Environment.SpecialFolder.UserProfile),
        "user.dir" => Directory.GetCurrentDirectory(),
        "java.io.tmpdir" => Path.TrimEndingDirectorySeparator(Path.GetTempPath()),
        "file.separator" => Path.DirectorySeparatorChar.ToString(),
        "line.separator" => global::System.Environment.NewLine,
        _ => null,
    };
}
