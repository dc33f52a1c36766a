using System.Runtime.InteropServices;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// The keys that open tickets: the served principals' entries of the key table, and no others, in a file in memory that GSSAPI is
/// pointed to. With the whole key table there, a ticket for another service of the machine could pass under a changed name.
/// </summary>
/// <remarks>
/// The key table is looked at before each sign-in and read when it has changed, so a rotation needs neither a signal nor a restart. One
/// that cannot be used keeps the old keys. INVARIANT: which key table GSSAPI uses is one setting for the whole process; a process has one server.
/// </remarks>
internal sealed partial class AcceptorKeys : IDisposable
{
    private const string Library = "libgssapi_krb5.so.2";

    private readonly Lock _turn = new();
    private readonly string _path;
    private readonly ServicePrincipals _served;
    private readonly Action<string> _warn;
    private Stamp _seen;
    private Held _held;
    private MemoryFile? _before;

    private AcceptorKeys(string path, ServicePrincipals served, Action<string> warn)
    {
        _path = path;
        _served = served;
        _warn = warn;
        _seen = Stamp.Of(path);
        _held = Load();
        Register(_held.File);
    }

    /// <summary>The keys in use.</summary>
    internal IReadOnlyList<KeytabEntry> Entries => Volatile.Read(ref _held).Entries;

    /// <summary>Opens a key table and hands its keys to GSSAPI.</summary>
    /// <param name="path">The key table.</param>
    /// <param name="served">Whose keys.</param>
    /// <param name="warn">Told when a changed key table is taken, or cannot be used.</param>
    /// <exception cref="ConfigurationException">The key table cannot be used, or this machine has no GSSAPI.</exception>
    internal static AcceptorKeys Open(string path, ServicePrincipals served, Action<string> warn)
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out _))
        {
            throw new ConfigurationException(
                "hadoop.kms.authentication.type is kerberos, and this machine has no MIT Kerberos library (libgssapi_krb5.so.2)",
                remedy: "Install it: libgssapi-krb5-2 on Debian and Ubuntu, krb5-libs on Red Hat and Fedora.");
        }

        return new AcceptorKeys(path, served, warn);
    }

    /// <summary>Takes a changed key table into use.</summary>
    internal void Refresh()
    {
        Stamp now = Stamp.Of(_path);
        if (now == _seen)
        {
            return;
        }

        lock (_turn)
        {
            if (now == _seen)
            {
                return;
            }

            // A state is judged once, whether it can be used or not.
            _seen = now;
            try
            {
                Held fresh = Load();
                Register(fresh.File);

                // Handshakes that began a moment ago may still read the keys of before; those before them are over.
                _before?.Dispose();
                _before = _held.File;
                Volatile.Write(ref _held, fresh);
                _warn($"{_path}: the key table has changed; in use now: {Describe(fresh.Entries)}.");
            }
            catch (KmsException unusable)
            {
                _warn($"{unusable.Message}. The keys of before stay in use. {unusable.Remedy}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _held.File.Dispose();
        _before?.Dispose();
    }

    private static string Describe(IReadOnlyList<KeytabEntry> entries) =>
        string.Join(", ", entries.GroupBy(static entry => entry.Principal).Select(static keys => $"{keys.Key} (key versions {string.Join(' ', keys.Select(static key => key.Version).Distinct().Order())})"));

    private static void Register(MemoryFile file)
    {
        if (RegisterAcceptorIdentity("FILE:" + file.Path) is not 0 and int status)
        {
            throw new KmsException(ErrorKind.Internal, $"GSSAPI takes no key table (status {status})");
        }
    }

    private Held Load()
    {
        byte[] content = Keytab.Read(_path);
        byte[] selected = [];
        try
        {
            selected = Keytab.Select(_path, content, _served.Serves, out IReadOnlyList<KeytabEntry> entries);
            return _served.FirstMissing(entries) is { } missing
                ? throw Keytab.Bad(_path, missing == "*" ? "the key table holds no key for any HTTP/… principal" : $"the key table holds no key for {Printable.Text(missing)}")
                : new Held(new MemoryFile("kms-keytab", selected), entries);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            CryptographicOperations.ZeroMemory(selected);
        }
    }

    [LibraryImport(Library, EntryPoint = "krb5_gss_register_acceptor_identity", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RegisterAcceptorIdentity(string keytab);

    private sealed record Held(MemoryFile File, IReadOnlyList<KeytabEntry> Entries);

    private sealed record Stamp(DateTime Written, long Length)
    {
        // A file that is gone has a stamp too, of 1601 and no length: its keys stay in use.
        public static Stamp Of(string path)
        {
            FileInfo file = new(path);
            return new Stamp(file.LastWriteTimeUtc, file.Exists ? file.Length : -1);
        }
    }
}
