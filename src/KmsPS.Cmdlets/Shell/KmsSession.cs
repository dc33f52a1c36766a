using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// What one runspace is connected to. Parallel runspaces have one each, so none changes another's default; the session ends with its
/// runspace or with the module.
/// </summary>
internal sealed class KmsSession
{
    private static readonly ConditionalWeakTable<Runspace, KmsSession> Sessions = [];

    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly List<Connection> _connections = [];
    private readonly List<KmsDelegationToken> _tokens = [];
    private readonly List<Task> _closing = [];

    private KmsSession()
    {
    }

    /// <summary>The session of the runspace that this thread belongs to.</summary>
    internal static KmsSession Current => Sessions.GetValue(Runspace.DefaultRunspace, Begin);

    /// <summary>The connections, the default one first.</summary>
    internal IReadOnlyList<KmsProvider> Providers
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections.Select(static connection => connection.Info).OrderByDescending(static info => info.IsDefault)];
            }
        }
    }

    /// <summary>The delegation tokens that came to this runspace, the newest last.</summary>
    internal IReadOnlyList<KmsDelegationToken> Tokens
    {
        get
        {
            lock (_gate)
            {
                return [.. _tokens];
            }
        }
    }

    /// <summary>Keeps a token in mind, once.</summary>
    internal void Hold(KmsDelegationToken token)
    {
        lock (_gate)
        {
            _tokens.RemoveAll(token.IsTheSame);
            _tokens.Add(token);
        }
    }

    /// <summary>Forgets a token.</summary>
    internal void LetGo(KmsDelegationToken token)
    {
        lock (_gate)
        {
            _tokens.RemoveAll(token.IsTheSame);
        }
    }

    /// <summary>Key names that went through the connection that a cmdlet would use.</summary>
    internal IReadOnlyList<string> SeenNames(string? provider) => Find(provider)?.Seen.Names ?? [];

    /// <summary>Closes everything when the process ends, so that counted accesses are in the audit log; a hanging store does not hold it up.</summary>
    internal static void CloseAllAtExit()
    {
        using ManualResetEventSlim closed = new(initialState: false);
        KmsSession[] sessions = [.. Sessions.Select(static pair => pair.Value)];
        _ = Task.WhenAll(sessions.Select(static session => session.CloseAll())).ContinueWith(_ => closed.Set(), TaskScheduler.Default);
        closed.Wait(ExitGrace);
    }

    /// <summary>Closes what this runspace opened, if it opened anything.</summary>
    internal static void CloseCurrent()
    {
        if (Runspace.DefaultRunspace is { } runspace && Sessions.TryGetValue(runspace, out KmsSession? session))
        {
            Sessions.Remove(runspace);
            _ = session.CloseAll();
        }
    }

    /// <summary>Opens a provider and makes it the default; a connection of the same name is replaced.</summary>
    internal async ValueTask<KmsProvider> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken)
    {
        Connection fresh = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        Connection? replaced = Keep(fresh, isDefault: true);
        if (replaced is not null)
        {
            await replaced.Kms.DisposeAsync().ConfigureAwait(false);
        }

        return fresh.Info;
    }

    /// <summary>
    /// The connection that a cmdlet asks over: the one named, one opened for a URI, the default, or the current user's own embedded store.
    /// </summary>
    /// <param name="provider">A connection's name, a provider URI, or nothing.</param>
    /// <param name="isTrial">
    /// Whether only is asked what would be done. A store that is opened for that is never made, and is the caller's to give to <see cref="Close"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for a store that is opened now.</param>
    internal async ValueTask<Connection> ResolveAsync(string? provider, bool isTrial, CancellationToken cancellationToken)
    {
        if (Find(provider) is { } known)
        {
            return known;
        }

        if (provider is not null && !provider.Contains("://", StringComparison.Ordinal))
        {
            string names = string.Join(", ", Providers.Select(static info => info.Name));
            throw new ShellException(
                "ProviderNotConnected",
                ErrorCategory.ObjectNotFound,
                $"There is no connection named '{provider}'",
                names.Length == 0 ? "Connect-KmsProvider makes one." : $"Connections: {names}. Connect-KmsProvider makes another.");
        }

        string uri = provider ?? ProviderOpening.OwnStore();
        if (Find(uri) is { } own)
        {
            return own;
        }

        Connection fresh = await OpenAsync(new ConnectRequest(uri, uri) { IsTrial = isTrial }, cancellationToken).ConfigureAwait(false);
        if (isTrial)
        {
            // INVARIANT: what was opened for a trial is nobody else's: the command that follows without -WhatIf opens, and makes, the store.
            return fresh with { IsTrial = true };
        }

        // INVARIANT: a store that is opened in passing, for a URI, never becomes the default: the next New-KmsKey would go there unasked.
        _ = Keep(fresh, isDefault: provider is null);
        return fresh;
    }

    /// <summary>Closes a connection that is not kept. Nobody waits for it but the end of the session.</summary>
    internal void Close(Connection connection)
    {
        lock (_gate)
        {
            _closing.RemoveAll(static task => task.IsCompleted);
            _closing.Add(Task.Run(async () => await connection.Kms.DisposeAsync().ConfigureAwait(false)));
        }
    }

    /// <summary>Closes one connection.</summary>
    internal async ValueTask DisconnectAsync(string name)
    {
        Connection? found;
        lock (_gate)
        {
            found = _connections.Find(connection => connection.Answers(name));
            if (found is not null)
            {
                _connections.Remove(found);
                if (found.Info.IsDefault && _connections.FindLast(static connection => connection.MayBeDefault) is { } next)
                {
                    next.Info.IsDefault = true;
                }

                found.Info.IsDefault = false;
            }
        }

        if (found is not null)
        {
            await found.Kms.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static KmsSession Begin(Runspace runspace)
    {
        KmsSession session = new();
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
            {
                _ = session.CloseAll();
            }
        };
        return session;
    }

    private static async ValueTask<Connection> OpenAsync(ConnectRequest request, CancellationToken cancellationToken)
    {
        OpenedProvider opened = await ProviderOpening.OpenAsync(request, cancellationToken).ConfigureAwait(false);
        KmsProvider info = new(request.Name, opened, TimeProvider.System.GetLocalNow().DateTime);
        return new Connection(info, opened.Kms);
    }

    private Connection? Find(string? name)
    {
        lock (_gate)
        {
            return _connections.Find(connection => name is null ? connection.Info.IsDefault : connection.Answers(name));
        }
    }

    private Connection? Keep(Connection fresh, bool isDefault)
    {
        lock (_gate)
        {
            Connection? replaced = _connections.Find(connection => connection.Answers(fresh.Info.Name));
            if (replaced is not null)
            {
                _connections.Remove(replaced);
            }

            if (isDefault)
            {
                _connections.ForEach(static connection => connection.Info.IsDefault = false);
                fresh.Info.IsDefault = true;
                fresh.MayBeDefault = true;
            }

            _connections.Add(fresh);
            return replaced;
        }
    }

    private Task CloseAll()
    {
        Connection[] open;
        Task[] closing;
        lock (_gate)
        {
            open = [.. _connections];
            closing = [.. _closing];
            _connections.Clear();
        }

        // A runspace that is going away has nobody to tell; the stores are durable without a farewell.
        return Task.Run(async () =>
        {
            foreach (Connection connection in open)
            {
                await connection.Kms.DisposeAsync().ConfigureAwait(false);
            }

            await Task.WhenAll(closing).ConfigureAwait(false);
        });
    }

    /// <summary>One open connection.</summary>
    /// <param name="Info">What the user sees of it.</param>
    /// <param name="Kms">What it does.</param>
    internal sealed record Connection(KmsProvider Info, IKms Kms)
    {
        /// <summary>Names that went through this runspace, for completion: nobody waits for a store while typing.</summary>
        internal SeenNames Seen { get; } = new();

        /// <summary>Whether it was opened for a trial, and belongs to the cmdlet that asked.</summary>
        internal bool IsTrial { get; init; }

        /// <summary>Whether it was made to be asked by default, and is again when a later default one is closed.</summary>
        internal bool MayBeDefault { get; set; }

        /// <summary>The same connection for calls that the audit log shall name by a cmdlet.</summary>
        internal IKms For(string cmdlet) => Kms is EmbeddedKms embedded
            ? embedded.As(embedded.Call with { Origin = CallOrigin.Embedded(cmdlet) })
            : Kms;

        internal bool Answers(string name) => string.Equals(Info.Name, name, StringComparison.OrdinalIgnoreCase);
    }
}
