namespace KmsPS.Engine.Providers.Sql;

/// <summary>The statements of a repair. A row that is taken out, or changed, is kept as it was in <c>quarantine</c>.</summary>
internal static class RepairText
{
    internal const string MakeQuarantine = "CREATE TABLE IF NOT EXISTS quarantine (id TEXT PRIMARY KEY NOT NULL, taken_ms BIGINT NOT NULL, source TEXT NOT NULL, content TEXT NOT NULL)";
    internal const string Keep = "INSERT INTO quarantine (id, taken_ms, source, content) VALUES (@id, @now, @source, @content)";

    internal const string DropVersion = "DELETE FROM key_version WHERE name = @name";
    internal const string DropKey = "DELETE FROM key_incarnation WHERE incarnation = @incarnation";
    internal const string DropState = "DELETE FROM state_record WHERE kind = @kind AND id = @id";
    internal const string AllKeys = "SELECT incarnation, name, deleted_order, store_key_id, sealed FROM key_incarnation ORDER BY incarnation";
    internal const string AllStates = "SELECT id, revision, expires_ms, store_key_id, sealed, kind FROM state_record ORDER BY kind, id";
    internal const string IsInUse = "SELECT COUNT(*) FROM key_incarnation WHERE name = @name AND deleted_order IS NULL";
}
