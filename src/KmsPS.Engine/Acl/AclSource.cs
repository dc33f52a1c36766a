using System.Security.Cryptography;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Acl;

/// <summary>
/// The rules of a <c>kms-acls.xml</c> that may change at any time. A new state is noticed by its content, so neither time stamps nor
/// the way it was written (in place, by rename, by a symbolic link's swap) matter; it is parsed whole and put in force at once.
/// </summary>
/// <remarks>
/// INVARIANT: a broken, half-written or removed file changes nothing. A broken state counts only when two looks in a row find it,
/// so that a writer at work is not reported.
/// </remarks>
public sealed class AclSource : IAclSource, IAsyncDisposable
{
    /// <summary>Time between two looks at the file. A change is in force within one, a broken file is reported within two.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly string? _path;
    private readonly AclSettings _settings;
    private readonly VariableScope _scope;
    private readonly Action<AclReload> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _turn = new();
    private readonly Task _watch;
    private AclSnapshot _current;
    private byte[]? _seen;
    private byte[]? _suspect;

    private AclSource(string? path, AclSettings settings, AclSnapshot builtIn, TimeProvider time, VariableScope scope, Action<AclReload> report)
    {
        _path = path;
        _settings = settings;
        _scope = scope;
        _report = report;
        _current = builtIn;
        if (path is not null && File.Exists(path))
        {
            byte[] content = HadoopXml.ReadBytes(path, HadoopXml.MaxAclBytes);
            First = AclParser.Parse(content, path, settings.EmptyValue, scope);
            _current = First.Snapshot;
            _seen = SHA256.HashData(content);
        }

        _watch = path is null ? Task.CompletedTask : WatchAsync(time);
    }

    /// <inheritdoc/>
    public AclSnapshot Current => Volatile.Read(ref _current);

    /// <summary>The file as it was at the start; <see langword="null"/> where there was none and the built-in rules are in force.</summary>
    public AclFile? First { get; }

    /// <summary>Reads the file and begins to watch it.</summary>
    /// <param name="path">The file, which need not exist yet; <see langword="null"/> for the built-in rules for good.</param>
    /// <param name="settings">How it is read.</param>
    /// <param name="builtIn">The rules while there is no file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Told of every turn and every refused state, once; on a thread of the pool.</param>
    /// <param name="scope">What <c>${…}</c> sees; <see langword="null"/> for the process's environment.</param>
    /// <exception cref="ConfigurationException">The file is broken now.</exception>
    public static AclSource Open(string? path, AclSettings settings, AclSnapshot builtIn, TimeProvider time, Action<AclReload> report, VariableScope? scope = null) =>
        new(path, settings, builtIn, time, scope ?? VariableScope.Process, report);

    /// <summary>Looks at the file now; what became of it, or <see langword="null"/> when nothing is new.</summary>
    public AclReload? Look()
    {
        AclReload? news;
        lock (_turn)
        {
            news = Turn();
        }

        if (news is not null)
        {
            _report(news);
        }

        return news;
    }

    /// <summary>Stops watching.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    private AclReload? Turn()
    {
        byte[]? content = null;
        ConfigurationException? failure = null;
        byte[] state = [];
        try
        {
            if (File.Exists(_path))
            {
                content = HadoopXml.ReadBytes(_path, HadoopXml.MaxAclBytes);
                state = SHA256.HashData(content);
            }
        }
        catch (ConfigurationException unreadable)
        {
            failure = unreadable;
            state = System.Text.Encoding.UTF8.GetBytes(unreadable.Message);
        }

        // No file, and there never was one: nothing is new.
        if ((_seen ?? []).AsSpan().SequenceEqual(state))
        {
            _suspect = null;
            return null;
        }

        AclFile? file = null;
        if (content is not null && failure is null)
        {
            try
            {
                file = AclParser.Parse(content, _path!, _settings.EmptyValue, _scope);
            }
            catch (ConfigurationException broken)
            {
                failure = broken;
            }
        }

        if (file is null && !(_suspect ?? [0]).AsSpan().SequenceEqual(state))
        {
            _suspect = state;
            return null;
        }

        _seen = state;
        _suspect = null;
        return file is null
            ? new AclReload(failure is null ? AclReloadOutcome.Missing : AclReloadOutcome.Refused, null, failure, [])
            : Swap(file);
    }

    private AclReload Swap(AclFile file)
    {
        AclSnapshot before = _current;
        Volatile.Write(ref _current, file.Snapshot);
        return new AclReload(AclReloadOutcome.Loaded, file, null, AclComparison.Compare(before, file.Snapshot));
    }
}
