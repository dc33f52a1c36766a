namespace KmsPS.Engine.Providers.Sql;

/// <summary>The statements that read a whole store. Outer joins, so that a row whose neighbour is missing is met, and reported.</summary>
internal static class ScanText
{
    internal const string Names = "SELECT name, next_number, store_key_id, seal FROM key_name ORDER BY name";

    internal const string Keys = "SELECT " + SqlText.KeyColumns + """
         FROM key_incarnation k LEFT JOIN key_name n ON n.name = k.name
        LEFT JOIN state_record u ON u.kind = 'key.use' AND u.id = CAST(k.incarnation AS TEXT) ORDER BY k.incarnation
        """;

    private const string VersionColumns = """
        SELECT v.name, v.number, v.created_ms, v.store_key_id, v.sealed, k.incarnation, k.name, k.store_key_id, k.sealed
        FROM key_version v LEFT JOIN key_incarnation k ON k.incarnation = v.incarnation
        """;

    internal const string Versions = VersionColumns + " ORDER BY v.incarnation, v.number";
    internal const string Version = VersionColumns + " WHERE v.name = @name";
    internal const string States = "SELECT id, revision, expires_ms, store_key_id, sealed, kind FROM state_record ORDER BY kind, id";
    internal const string Sequences = "SELECT name, value FROM sequence ORDER BY name";
    internal const string CountAll = """
        SELECT
            (SELECT COUNT(*) FROM key_incarnation WHERE deleted_order IS NULL)
            + (SELECT COUNT(*) FROM key_name n WHERE NOT EXISTS (SELECT 1 FROM key_incarnation k WHERE k.name = n.name AND k.deleted_order IS NULL)),
            (SELECT COUNT(*) FROM key_incarnation), (SELECT COUNT(*) FROM key_version), (SELECT COUNT(*) FROM state_record)
        """;

    internal const string AddKey = "INSERT INTO key_incarnation (incarnation, name, deleted_order, store_key_id, sealed) VALUES (@incarnation, @name, @order, @key, @sealed)";
    internal const string ClearState = "DELETE FROM state_record";
    internal const string RaiseSequence = """
        INSERT INTO sequence (name, value) VALUES (@name, @value)
        ON CONFLICT (name) DO UPDATE SET value = CASE WHEN excluded.value > sequence.value THEN excluded.value ELSE sequence.value END
        """;
}
