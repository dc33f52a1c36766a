namespace KmsPS.Engine.Providers.Sql;

/// <summary>The statements of a rotation: for each table of sealed rows a page of what is under an older store key, and its update.</summary>
/// <remarks>An update names the seal that was read, so that what others wrote in between stays theirs.</remarks>
internal static class ResealText
{
    internal const string Names = "SELECT name, next_number, store_key_id, seal FROM key_name WHERE store_key_id <> @current AND name > @after ORDER BY name LIMIT @limit";
    internal const string MoveName = "UPDATE key_name SET store_key_id = @key, seal = @box WHERE name = @name AND seal = @before";

    internal const string Keys = "SELECT incarnation, name, store_key_id, sealed FROM key_incarnation WHERE store_key_id <> @current AND incarnation > @after ORDER BY incarnation LIMIT @limit";
    internal const string MoveKey = "UPDATE key_incarnation SET store_key_id = @key, sealed = @box WHERE incarnation = @incarnation AND sealed = @before";

    internal const string Versions = """
        SELECT v.name, v.number, v.created_ms, v.store_key_id, v.sealed, k.incarnation, k.name, k.store_key_id, k.sealed
        FROM key_version v JOIN key_incarnation k ON k.incarnation = v.incarnation
        WHERE v.store_key_id <> @current AND v.name > @after ORDER BY v.name LIMIT @limit
        """;

    internal const string MoveVersion = "UPDATE key_version SET store_key_id = @key, sealed = @box WHERE name = @name AND sealed = @before";

    internal const string States = """
        SELECT kind, id, revision, expires_ms, store_key_id, sealed FROM state_record
        WHERE store_key_id <> @current AND (kind > @kind OR (kind = @kind AND id > @id)) ORDER BY kind, id LIMIT @limit
        """;

    internal const string MoveState = "UPDATE state_record SET store_key_id = @key, sealed = @box WHERE kind = @kind AND id = @id AND sealed = @before";

    internal const string Left = """
        SELECT (SELECT COUNT(*) FROM key_name WHERE store_key_id <> @current) + (SELECT COUNT(*) FROM key_incarnation WHERE store_key_id <> @current)
        + (SELECT COUNT(*) FROM key_version WHERE store_key_id <> @current) + (SELECT COUNT(*) FROM state_record WHERE store_key_id <> @current)
        """;
}
