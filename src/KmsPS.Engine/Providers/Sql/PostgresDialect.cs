using System.Data.Common;
using KmsPS.Engine.Errors;
using Npgsql;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>A store that several servers share. One connection is one backend process; a commit waits for its log on disk.</summary>
/// <param name="options">How to reach it.</param>
/// <param name="fence">What was seen of it; each new connection is checked against that.</param>
/// <param name="scripts">The schema; the embedded one unless a test says otherwise.</param>
internal sealed class PostgresDialect(PostgresOptions options, ChangeFence fence, IReadOnlyList<string>? scripts = null) : ISqlDialect, IAsyncDisposable
{
    // A database may be set up to answer before the log is written; keys are worth the wait. A higher setting (remote_apply) stays.
    // A server that vanished inside a write must not hold its locks for ever.
    private const string Setup = """
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
        SET lock_timeout = '8s';
        SET idle_in_transaction_session_timeout = '30s';
        SET default_transaction_isolation = 'read committed'
        """;

    private readonly NpgsqlDataSource _source = new NpgsqlDataSourceBuilder(options.Connection.ConnectionString).Build();

    public string Place => options.Place;

    // The server says so itself when it is asked.
    public bool IsThere => true;

    public IReadOnlyList<string> SchemaScripts { get; } = scripts ?? [SchemaScript.Read("postgres-1.sql"), SchemaScript.Read("postgres-2.sql"), SchemaScript.Read("postgres-3.sql")];

    public int Writers => Math.Max(1, options.PoolSize / 2);

    public int Connections => options.PoolSize;

    public KmsException? Refusal => fence.Refusal;

    public string BeginWrite => "BEGIN";

    // The lock comes in a statement of its own: what is read after it is no older than it. "kmsqs" in ASCII.
    public string BeginSealedWrite => "BEGIN; SELECT pg_advisory_xact_lock_shared(461397782899); " + SqlText.NewestStoreKey;

    public IReadOnlyList<string> IntegrityChecks => [];

    public IReadOnlyList<string> IndexRepairs => [];

    public ValueTask<string?> CopyAsideAsync(DateTimeOffset now, CancellationToken cancellationToken) => new((string?)null);

    public string BeginSnapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    public string LockStoreKeys => "SELECT pg_advisory_xact_lock(461397782899)";

    public string TellStoreKey => "UPDATE change_slot SET store_key_id = @id";

    public bool IsShared => true;

    public string HasTable => "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE relname = @name AND relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid)";

    // "kmsps" in ASCII.
    public string LockSchema => "SELECT pg_advisory_xact_lock(461397782643)";

    public async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken) => await OpenAsync(cancellationToken).ConfigureAwait(false);

    internal async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (connection.PostgresParameters.TryGetValue("server_encoding", out string? encoding) && encoding != "UTF8")
            {
                throw new KmsException(ErrorKind.ConfigurationInvalid, $"The database {Place} has the encoding {encoding}", "Create it with ENCODING 'UTF8': names of keys may have any letter.") { Subject = Place };
            }

            NpgsqlCommand setup = new(Setup, connection);
            await using (setup.ConfigureAwait(false))
            {
                await setup.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            // INVARIANT: nothing is read from a database that is behind the one that was read before.
            await fence.CheckAsync(connection, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // A failed fsync stops PostgreSQL itself (data_sync_retry = off), which replays its log.
    public bool IsFatal(DbException failure) => false;

    public bool IsRepeatable(DbException failure) => failure is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation,
    };

    public bool IsConnectionLost(DbException failure) => failure switch
    {
        PostgresException known => known.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown || known.SqlState.StartsWith("08", StringComparison.Ordinal),
        _ => failure is NpgsqlException,
    };

    // SOURCE: https://www.postgresql.org/docs/current/errcodes-appendix.html
    public KmsException Explain(DbException failure) => failure switch
    {
        PostgresException known => Explain(known.SqlState, known),
        { InnerException: TimeoutException } => Away("did not answer in time", "See whether it is overloaded, and whether the network between is open.", failure),
        _ => Away($"cannot be reached: {Reason(failure)}", "Start it, or see whether the network between is open; what is known of keys is served meanwhile.", failure),
    };

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    // With several hosts the driver tells of all of them, or of none.
    private string Reason(DbException failure) => failure.InnerException switch
    {
        AggregateException several => string.Join("; ", several.InnerExceptions.Select(static each => each.InnerException is { } cause ? $"{each.Message}: {cause.Message}" : each.Message).Distinct()),
        { } one => one.Message,
        null when options.Connection.TargetSessionAttributes is not null => "none of its hosts answers as a primary",
        null => failure.Message,
    };

    private KmsException Explain(string state, PostgresException failure) => state switch
    {
        PostgresErrorCodes.InvalidCatalogName => Fault(ErrorKind.StoreUnavailable, "does not exist", "Create it: createdb --encoding=UTF8 --owner=USER DATABASE.", failure),
        PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName => Fault(ErrorKind.StoreUnavailable, $"does not let this account do that: {failure.MessageText}", "Make this account the owner of the database or of the schema.", failure),
        PostgresErrorCodes.ReadOnlySqlTransaction => Away("takes no writes: it is a standby", "Name the primary; with several hosts in the URI the primary is found.", failure),
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => Away("stops or starts at the moment", "Try again in some seconds.", failure),
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => Away("did not come to it in time; nothing was written", "Look for a long transaction in pg_stat_activity.", failure),
        PostgresErrorCodes.DiskFull => Away("has no room on its disk; nothing was written", "Free some space there; reading goes on meanwhile.", failure),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => new KmsException(ErrorKind.Conflict, $"The store {Place} was changed by others again and again in between; nothing was written", "Try again.", isTransient: true, failure) { Subject = Place },
        _ => OfClass(state, failure),
    };

    private KmsException OfClass(string state, PostgresException failure) => state[..2] switch
    {
        "28" => Fault(ErrorKind.StoreUnavailable, "refused this account or its password", "See pg_hba.conf there, and PGPASSFILE or kmsps.postgres.password.file here.", failure),
        "08" or "53" or "57" => Away($"cannot work at the moment: {failure.MessageText}", "Try again in some seconds; then look at the database's log.", failure),
        "23" => new KmsException(ErrorKind.Conflict, $"The store {Place} was changed by somebody else in between; nothing was written", "Read the key again and decide anew.", isTransient: true, failure) { Subject = Place },
        "42" => Fault(ErrorKind.StoreCorrupt, $"does not have the tables of a key store: {failure.MessageText}", "Restore it from a backup, or see kmsps.postgres.search.path.", failure),
        "XX" => Fault(ErrorKind.StoreCorrupt, $"is damaged: {failure.MessageText}", "Stop every server on it and restore the database from a backup.", failure),
        _ => Fault(ErrorKind.StoreUnavailable, $"answered with error {state}: {failure.MessageText}", "Look at the database's log.", failure),
    };

    private KmsException Away(string what, string remedy, DbException inner) =>
        new(ErrorKind.StoreUnavailable, $"The store {Place} {what}", remedy, isTransient: true, inner) { Subject = Place };

    private KmsException Fault(ErrorKind kind, string what, string remedy, DbException inner) =>
        new(kind, $"The store {Place} {what}", remedy, isTransient: false, inner) { Subject = Place };
}
