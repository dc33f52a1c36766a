namespace KmsPS.Engine.Providers.Sql;

/// <summary>The scripts of <c>Providers/Sql/Schema</c>, which travel inside the assembly.</summary>
internal static class SchemaScript
{
    internal static string Read(string name)
    {
        using Stream stream = typeof(SchemaScript).Assembly.GetManifestResourceStream($"KmsPS.Engine.Schema.{name}")
            ?? throw new InvalidOperationException($"The schema script '{name}' is not in the assembly.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
