using System.Data.Common;
using KmsPS.Engine.Errors;
using Microsoft.Data.Sqlite;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>The embedded store: one file, written ahead, synchronised in full at every commit.</summary>
internal sealed class SqliteDialect : ISqlDialect
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // busy_timeout comes first: switching to WAL takes a lock. FULL synchronises the log at every commit; NORMAL would lose the
    // last ones when the power goes. A log of 8,000 pages (32 MB) is copied into the file with fewer writes for each key than SQLite's
    // 1,000 pages. secure_delete overwrites what a purge frees.
    private const string Pragmas = """
        PRAGMA busy_timeout = 10000;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 8000;
        PRAGMA foreign_keys = ON;
        PRAGMA secure_delete = ON;
        PRAGMA cell_size_check = ON;
        PRAGMA trusted_schema = OFF;
        """;

    // SOURCE: https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Constraint = 19;
    private const int NotADatabase = 26;
    private const int IoErrorFsync = 1034;
    private const int IoErrorSharedMemorySize = 4874;
    private const int IoErrorDirectoryFsync = 1290;

    private readonly string _connection;

    /// <param name="path">Absolute path of the database file.</param>
    /// <param name="scripts">The schema; the embedded one unless a test says otherwise.</param>
    internal SqliteDialect(string path, IReadOnlyList<string>? scripts = null)
    {
        Place = path;
        SchemaScripts = scripts ?? [SchemaScript.Read("sqlite-1.sql"), SchemaScript.Read("sqlite-2.sql"), SchemaScript.Read("sqlite-3.sql")];
        _connection = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,

            // The driver's own retry sleeps 150 ms at a time; SQLite's busy handler, set above, is finer and comes first.
            DefaultTimeout = 1,
        }.ToString();
        SQLitePCL.Batteries_V2.Init();
    }

    public string Place { get; }

    // An empty file is what SQLite leaves of a store that was never written.
    public bool IsThere => new FileInfo(Place) is { Exists: true, Length: > 0 }
        || (File.Exists(Place) || (Directory.Exists(Path.GetDirectoryName(Place)) && !Directory.Exists(Place)) ? false : throw CannotMake("its folder is missing", null));

    public IReadOnlyList<string> SchemaScripts { get; }

    public int Writers => 1;

    public string BeginWrite => "BEGIN IMMEDIATE";

    public string BeginSealedWrite => "BEGIN IMMEDIATE; " + SqlText.NewestStoreKey;

    public IReadOnlyList<string> IntegrityChecks => ["PRAGMA integrity_check", "PRAGMA foreign_key_check"];

    public IReadOnlyList<string> IndexRepairs => ["REINDEX"];

    public string BeginSnapshot => "BEGIN";

    public string LockStoreKeys => "";

    public string TellStoreKey => "";

    public bool IsShared => false;

    public string HasTable => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = @name";

    public string LockSchema => "";

    public int Connections => int.MaxValue;

    public KmsException? Refusal => null;

    public async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        CreateFile();
        SqliteConnection connection = new(_connection);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            SqliteCommand setup = connection.CreateCommand();
            await using (setup.ConfigureAwait(false))
            {
                setup.CommandText = Pragmas;
                await setup.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<string?> CopyAsideAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        string copy = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Place}.before-repair-{now:yyyyMMddTHHmmssfff}");
        try
        {
            new FileStream(copy, PrivateFile.New()).Dispose();
            DbConnection source = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                SqliteConnection target = new(new SqliteConnectionStringBuilder { DataSource = copy, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
                await using (target.ConfigureAwait(false))
                {
                    await target.OpenAsync(cancellationToken).ConfigureAwait(false);
                    ((SqliteConnection)source).BackupDatabase(target);
                }
            }

            return copy;
        }
        catch (DbException failure)
        {
            throw Explain(failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store {Place} could not be copied to {copy} before its repair: {failure.Message}", "See that the disk has room and that this account may write there.", isTransient: false, failure) { Subject = Place };
        }
    }

    public KmsException Explain(DbException failure) => failure is SqliteException known
        ? Explain(known.SqliteErrorCode, known)
        : new KmsException(ErrorKind.StoreUnavailable, $"The store {Place} did not answer: {failure.Message}", null, isTransient: true, failure) { Subject = Place };

    public bool IsFatal(DbException failure) => failure is SqliteException { SqliteExtendedErrorCode: IoErrorFsync or IoErrorDirectoryFsync };

    // One writer at a time: nothing is ever lost against another, and there is no connection to lose.
    public bool IsRepeatable(DbException failure) => false;

    public bool IsConnectionLost(DbException failure) => false;

    private KmsException Explain(int code, SqliteException failure) => code switch
    {
        Busy or Locked => Fault(ErrorKind.StoreUnavailable, $"The store {Place} is locked by another process for too long", "Look for a backup tool or a stopped server that holds the file, then try again.", true, failure),
        ReadOnly => Fault(ErrorKind.StoreUnavailable, $"The store {Place} cannot be written", "Give this account the right to write the file and its directory.", false, failure),
        Full => DiskFull(failure),

        // The index of the log could not grow, before anything was written. SOURCE: SQLITE_IOERR_SHMSIZE.
        IoError when failure.SqliteExtendedErrorCode == IoErrorSharedMemorySize => DiskFull(failure),
        IoError => Fault(ErrorKind.StoreUnavailable, $"The disk of the store {Place} failed ({failure.SqliteExtendedErrorCode}); whether the change was written is not known", "Look at the system's log, then restart the server and read the key again.", true, failure),
        Corrupt => Fault(ErrorKind.StoreCorrupt, $"The store {Place} is damaged", "Stop every server on it and restore the file from a backup.", false, failure),
        NotADatabase => Fault(ErrorKind.StoreCorrupt, $"The file {Place} is no key store of ours", "Name another file, or restore this one from a backup.", false, failure),
        CannotOpen => Fault(ErrorKind.StoreUnavailable, $"The store {Place} cannot be opened", "See that its directory exists and that this account may write there.", false, failure),
        Constraint => Fault(ErrorKind.Conflict, $"The store {Place} was changed by somebody else in between", "Read the key again and decide anew.", true, failure),
        _ => Fault(ErrorKind.StoreCorrupt, $"The store {Place} answered with SQLite error {failure.SqliteExtendedErrorCode}: {failure.Message}", "If it stays, restore the file from a backup.", false, failure),
    };

    private KmsException DiskFull(SqliteException failure) =>
        Fault(ErrorKind.StoreUnavailable, $"The disk of the store {Place} is full; nothing was written", "Free some space; reading goes on meanwhile.", true, failure);

    private KmsException Fault(ErrorKind kind, string message, string remedy, bool isTransient, SqliteException inner) =>
        new(kind, message, remedy, isTransient, inner) { Subject = Place };

    // SQLite would make the file with the mode that the umask leaves; its log and index files take over the mode of this one.
    private void CreateFile()
    {
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            if (!File.Exists(Place))
            {
                new FileStream(Place, options).Dispose();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CannotMake(failure.Message, failure);
        }
    }

    private KmsException CannotMake(string why, Exception? inner) => new(
        ErrorKind.StoreUnavailable,
        $"The store {Place} cannot be made: {(Directory.Exists(Place) ? "it is a folder" : why)}",
        "Name a file, and see that its directory exists and that this account may write there.",
        isTransient: false,
        inner) { Subject = Place };
}
