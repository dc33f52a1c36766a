namespace KmsPS.Engine.Providers.Sql;

/// <summary>The statements, in the words that SQLite and PostgreSQL share.</summary>
internal static class SqlText
{
    internal const string ReadStore = "SELECT schema_version, store_id FROM store WHERE id = 1";
    internal const string WriteStore = "INSERT INTO store (id, schema_version, store_id, created_ms) VALUES (1, @version, @store, @now)";
    internal const string MoveSchema = "UPDATE store SET schema_version = @version WHERE id = 1";
    internal const string ListStoreKeys = "SELECT store_key_id, canary FROM store_key ORDER BY created_ms, store_key_id";
    internal const string NewestStoreKey = "SELECT store_key_id FROM store_key ORDER BY created_ms DESC, store_key_id DESC LIMIT 1";
    internal const string LastStoreKeyTime = "SELECT COALESCE(MAX(created_ms), 0) FROM store_key";
    internal const string RetireStoreKey = "DELETE FROM store_key WHERE store_key_id = @id";
    internal const string AddStoreKey = "INSERT INTO store_key (store_key_id, created_ms, canary) VALUES (@id, @now, @canary)";

    internal const string FindName = """
        SELECT (SELECT COUNT(*) FROM key_incarnation k WHERE k.name = @name AND k.deleted_order IS NULL), n.next_number, n.store_key_id, n.seal
        FROM (SELECT 1) AS one LEFT JOIN key_name n ON n.name = @name
        """;
    internal const string SetName = """
        INSERT INTO key_name (name, next_number, store_key_id, seal) VALUES (@name, @next, @key, @seal)
        ON CONFLICT (name) DO UPDATE SET next_number = excluded.next_number, store_key_id = excluded.store_key_id, seal = excluded.seal
        """;

    // The columns of a key, always in this order: KeyRows.Read counts on it.
    internal const string KeyColumns = """
        k.incarnation, k.name, k.deleted_order, k.store_key_id, k.sealed,
        n.next_number, n.store_key_id, n.seal,
        (SELECT MAX(x.number) FROM key_version x WHERE x.incarnation = k.incarnation),
        u.revision, u.expires_ms, u.store_key_id, u.sealed
        """;

    private const string FromKeys = " FROM key_incarnation k LEFT JOIN key_name n ON n.name = k.name LEFT JOIN state_record u ON u.kind = 'key.use' AND u.id = CAST(k.incarnation AS TEXT) ";

    internal const string FindKey = "SELECT " + KeyColumns + FromKeys + "WHERE k.name = @name AND k.deleted_order IS NULL";
    internal const string PageOfKeys = "SELECT " + KeyColumns + FromKeys + "WHERE k.deleted_order IS NULL AND k.name > @after ORDER BY k.name LIMIT @limit";
    internal const string PageOfNames = "SELECT k.name FROM key_incarnation k WHERE k.deleted_order IS NULL AND k.name > @after ORDER BY k.name LIMIT @limit";
    internal const string FindDeleted = "SELECT " + KeyColumns + FromKeys + "WHERE k.name = @name AND k.deleted_order IS NOT NULL ORDER BY k.deleted_order DESC LIMIT 1";
    internal const string PageOfDeleted = "SELECT " + KeyColumns + FromKeys + "WHERE k.deleted_order IS NOT NULL AND k.deleted_order < @before ORDER BY k.deleted_order DESC LIMIT @limit";

    internal const string PageOfDue = "SELECT " + KeyColumns + FromKeys + "WHERE k.deleted_order IS NULL AND u.expires_ms <= @by AND k.name > @after ORDER BY k.name LIMIT @limit";

    internal const string AddKey = "INSERT INTO key_incarnation (incarnation, name, deleted_order, store_key_id, sealed) VALUES (@incarnation, @name, NULL, @key, @sealed)";
    internal const string MoveKey = "UPDATE key_incarnation SET deleted_order = @order, store_key_id = @key, sealed = @sealed WHERE incarnation = @incarnation";
    internal const string NextDeletedOrder = "SELECT COALESCE(MAX(deleted_order), 0) + 1 FROM key_incarnation WHERE deleted_order IS NOT NULL";
    internal const string PurgeVersions = "DELETE FROM key_version WHERE incarnation IN (SELECT incarnation FROM key_incarnation WHERE name = @name AND deleted_order IS NOT NULL)";
    internal const string PurgeUses = "DELETE FROM state_record WHERE kind = 'key.use' AND id IN (SELECT CAST(incarnation AS TEXT) FROM key_incarnation WHERE name = @name AND deleted_order IS NOT NULL)";
    internal const string PurgeKeys = "DELETE FROM key_incarnation WHERE name = @name AND deleted_order IS NOT NULL";

    private const string VersionColumns = "SELECT v.name, v.number, v.created_ms, v.store_key_id, v.sealed, " + KeyColumns
        + FromKeys + "JOIN key_version v ON v.incarnation = k.incarnation ";

    internal const string FindVersion = VersionColumns + "WHERE v.name = @name AND k.deleted_order IS NULL";
    internal const string ListVersions = VersionColumns + "WHERE k.name = @name AND k.deleted_order IS NULL ORDER BY v.number";
    internal const string FindCurrent = VersionColumns
        + "WHERE k.name = @name AND k.deleted_order IS NULL AND v.number = (SELECT MAX(y.number) FROM key_version y WHERE y.incarnation = k.incarnation)";

    internal const string FindOwner = "SELECT k.name FROM key_version v JOIN key_incarnation k ON k.incarnation = v.incarnation WHERE v.name = @name AND k.deleted_order IS NULL";
    internal const string IsVersionTaken = "SELECT COUNT(*) FROM key_version WHERE name = @name";
    internal const string AddVersion = """
        INSERT INTO key_version (name, incarnation, number, created_ms, store_key_id, sealed)
        VALUES (@name, @incarnation, @number, @now, @key, @sealed)
        """;

    internal const string FindPlace = "SELECT number, created_ms FROM key_version WHERE name = @name AND incarnation = @incarnation";
    internal const string MoveVersion = "UPDATE key_version SET store_key_id = @key, sealed = @sealed WHERE name = @name";
    internal const string ListUses = "SELECT u.version, u.last_used_ms FROM version_use u JOIN key_version v ON v.name = u.version WHERE v.incarnation = @incarnation";

    // A version that was purged meanwhile is passed over; of two servers the later use stays.
    internal const string NoteUse = """
        INSERT INTO version_use (version, last_used_ms) SELECT name, CAST(@at AS BIGINT) FROM key_version WHERE name = @version
        ON CONFLICT (version) DO UPDATE SET last_used_ms = excluded.last_used_ms WHERE version_use.last_used_ms < excluded.last_used_ms
        """;

    internal const string FindState = "SELECT id, revision, expires_ms, store_key_id, sealed FROM state_record WHERE kind = @kind AND id = @id";
    internal const string ListState = "SELECT id, revision, expires_ms, store_key_id, sealed FROM state_record WHERE kind = @kind AND id > @after ORDER BY id LIMIT @limit";
    internal const string AddState = """
        INSERT INTO state_record (kind, id, revision, expires_ms, store_key_id, sealed) VALUES (@kind, @id, @revision, @expires, @key, @sealed)
        ON CONFLICT (kind, id) DO NOTHING
        """;

    internal const string MoveState = """
        UPDATE state_record SET revision = @revision, expires_ms = @expires, store_key_id = @key, sealed = @sealed
        WHERE kind = @kind AND id = @id AND revision = @expected
        """;

    internal const string RemoveState = "DELETE FROM state_record WHERE kind = @kind AND id = @id";
    internal const string RemoveExpired = "DELETE FROM state_record WHERE kind = @kind AND expires_ms IS NOT NULL AND expires_ms < @before";
    internal const string ReadSequence = "SELECT value FROM sequence WHERE name = @name";
    internal const string SetSequence = "INSERT INTO sequence (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    internal const string NextOfSequence = "INSERT INTO sequence (name, value) VALUES (@name, @by) ON CONFLICT (name) DO UPDATE SET value = sequence.value + @by RETURNING value";
}
