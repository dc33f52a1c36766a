namespace KmsPS.Engine.Configuration;

/// <summary>One property as it stands in a file, before substitution.</summary>
/// <param name="Name">Its name, trimmed.</param>
/// <param name="Value">Its value, never trimmed; <see langword="null"/> where the element is missing or empty, which counts as not set.</param>
/// <param name="IsFinal">Whether later files may not change it.</param>
/// <param name="File">Path of the file; a phrase such as <c>environment KMS_HTTP_PORT</c> where there is none.</param>
/// <param name="Line">1-based line of the name; 0 where there is none.</param>
/// <param name="Column">1-based column of the name; 0 where there is none.</param>
public sealed record HadoopProperty(string Name, string? Value, bool IsFinal, string File, int Line, int Column)
{
    /// <summary>Where it stands, for people: <c>kms-site.xml:12</c>.</summary>
    public string Place => Line > 0 ? $"{Path.GetFileName(File)}:{Line}" : File;
}
