using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.State;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine;

/// <summary>What a KMS is told of while it runs; each is called on a thread of the pool.</summary>
/// <param name="Warn">One sentence for the log.</param>
/// <param name="Fail">Something in the background failed: what, and why.</param>
/// <param name="Reloaded">The access lists turned, or a change of them was refused.</param>
public sealed record KmsNotices(Action<string> Warn, Action<string, Exception> Fail, Action<AclReload> Reloaded);

/// <summary>Puts a KMS together, a server's or an embedded one: the only file that names concrete stores, sinks and ways to sign in.</summary>
/// <param name="settings">What the files and the environment say.</param>
/// <param name="dataDirectory">Where the embedded store and the shared state lie.</param>
/// <param name="logDirectory">Where the audit logs lie.</param>
/// <param name="name">The instance: its audit logs are its alone.</param>
/// <param name="notices">Whom to tell.</param>
/// <param name="time">The clock.</param>
public sealed class KmsEngineBuilder(KmsSettings settings, string dataDirectory, string logDirectory, string name, KmsNotices notices, TimeProvider time)
{
    private readonly Stack<object> _owned = new();

    /// <summary>What locks the store's key file, still owned by the caller; it comes before what the configuration names.</summary>
    public SecretBytes? StorePassphrase { get; init; }

    /// <summary>Whether the store is only asked what would be done to it (<see cref="ProviderContext.IsTrial"/>).</summary>
    public bool IsTrial { get; init; }

    /// <summary>Opens everything. What was opened is closed again when something cannot be.</summary>
    /// <exception cref="KmsException">A file, a store or a setting cannot be used.</exception>
    public async ValueTask<ComposedKms> BuildAsync(CancellationToken cancellationToken)
    {
        try
        {
            Core core = await OpenCoreAsync(cancellationToken).ConfigureAwait(false);
            IStateStore state = await OpenStateAsync(core.Opened, cancellationToken).ConfigureAwait(false);
            return new ComposedKms(_owned)
            {
                Settings = settings,
                Engine = core.Engine,
                Store = core.Store,
                Acls = core.Acls,
                Audit = core.Audit,
                Meter = core.Meter,
                Groups = core.Groups,
                State = state,
                SignIn = await OpenSignInAsync(state, core.Groups, cancellationToken).ConfigureAwait(false),
            };
        }
        catch
        {
            await ComposedKms.CloseAsync(_owned).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the same engine for a caller in this process: nobody signs in, so nothing is shared with servers but the store.</summary>
    /// <exception cref="KmsException">A file, a store or a setting cannot be used.</exception>
    public async ValueTask<EmbeddedEngine> BuildEmbeddedAsync(CancellationToken cancellationToken)
    {
        try
        {
            Core core = await OpenCoreAsync(cancellationToken).ConfigureAwait(false);
            await core.Store.SelfTestAsync(cancellationToken).ConfigureAwait(false);
            return new EmbeddedEngine(_owned) { Engine = core.Engine, Groups = core.Groups };
        }
        catch
        {
            await ComposedKms.CloseAsync(_owned).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<Core> OpenCoreAsync(CancellationToken cancellationToken)
    {
        AclSource acls = Own(AclSource.Open(settings.AclPath, settings.Acl, BuiltInAcls.For(Environment.UserName), time, notices.Reloaded));
        KmsMeter meter = Own(new KmsMeter(time));
        meter.Watch("kms.acl.permissive", "1", "1 while what the access lists refuse is allowed all the same.", () => settings.Acl.IsPermissive ? 1 : 0);
        AuditTrail audit = Own(OpenAudit(meter));
        IKeyProvider opened = await OpenStoreAsync(cancellationToken).ConfigureAwait(false);
        IKeyProvider store = Own(Cached(opened));
        AccessPolicy policy = new(settings.KeyAuthorization, settings.Acl.IsPermissive, settings.Acl.FilterKeys) { NamePattern = settings.Keys.NamePattern, MaxEeks = settings.Keys.MaxEeks, DeletionWait = settings.Keys.DeletionWait, Rollover = settings.Keys.Rollover };
        return new Core(new KmsEngine(store, acls, audit, time, policy, meter), opened, store, acls, audit, meter, GroupMapping.Create(settings.Source, time));
    }

    private T Own<T>(T part)
        where T : class
    {
        _owned.Push(part);
        return part;
    }

    private AuditTrail OpenAudit(KmsMeter meter)
    {
        string suffix = name == "default" ? "" : $"-{name}";
        List<IAuditSink> sinks = [];
        try
        {
            OpenSink(sinks, $"audit{suffix}.jsonl", new JsonAuditFormat(), isLast: false);
            OpenSink(sinks, $"kms-audit{suffix}.log", new HadoopAuditFormat(TimeZoneInfo.Local), isLast: true);
            return new AuditTrail(sinks, new AuditAggregator(settings.AuditWindow, time), time, (sink, failure) => notices.Fail($"The audit log {sink.Name} takes no events", failure), meter: meter);
        }
        catch
        {
            // Nothing was written yet, so closing a sink waits for nothing.
            sinks.ForEach(sink => Own(sink));
            throw;
        }
    }

    // One log may be given up where that is allowed; a server that writes nothing down at all is no key server.
    private void OpenSink(List<IAuditSink> sinks, string file, IAuditFormat format, bool isLast)
    {
        try
        {
            sinks.Add(FileAuditSink.Open(Path.Combine(logDirectory, file), format, time));
        }
        catch (KmsException refused) when (refused.Kind == ErrorKind.AuditUnavailable && settings.Allows("unwritable.audit") && !(isLast && sinks.Count == 0))
        {
            notices.Warn($"{refused.Message}. Nothing is written there, as kmsps.allow.unwritable.audit says.");
        }
    }

    private async ValueTask<IKeyProvider> OpenStoreAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(dataDirectory);
        ProviderUri uri = ProviderUri.Parse(settings.ProviderUri ?? $"sqlite://file@{Path.Combine(dataDirectory, "kms.db")}");
        ProviderContext context = new(time, settings.Source.Get, Environment.GetEnvironmentVariable, settings.Directory) { DataDirectory = dataDirectory, StorePassphrase = StorePassphrase, IsTrial = IsTrial };
        return await new ProviderRegistry(BuiltInProviders.All).OpenAsync(uri, context, cancellationToken).ConfigureAwait(false);
    }

    private IKeyProvider Cached(IKeyProvider store) => settings.Cache is { Enabled: true } limits
        ? CachingKeyProvider.Over(store, time, new CacheLimits { VersionLifetime = limits.KeyLifetime, CurrentLifetime = limits.CurrentKeyLifetime })
        : store;

    private async ValueTask<IStateStore> OpenStateAsync(IKeyProvider store, CancellationToken cancellationToken) =>
        store is IStateHolder holder
            ? holder.State
            : Own(await StateDatabase.OpenAsync(Path.Combine(dataDirectory, "state.db"), time, cancellationToken).ConfigureAwait(false)).State;

    private async ValueTask<SignInDesk> OpenSignInAsync(IStateStore state, IGroupMapper groups, CancellationToken cancellationToken)
    {
        AuthenticationSettings sign = settings.Authentication;
        ISignerSecrets secrets = Own(await OpenSecretsAsync(state, cancellationToken).ConfigureAwait(false));
        DelegationTokenManager tokens = Own(await DelegationTokenManager.OpenAsync(state, time, sign.DelegationTokens, cancellationToken).ConfigureAwait(false));
        ISharedState[] shared = secrets is ISharedState also ? [also, tokens] : [tokens];
        Own(new SharedStateWatch(state, shared, time, failure => notices.Fail("What the servers share could not be read; cookies and tokens known here stay in use", failure)));
        ProxyUserRules proxies = ProxyUserRules.Read(settings.Source);
        foreach (string warning in proxies.Warnings)
        {
            notices.Warn(warning);
        }

        AuthToLocal names = AuthToLocal.Parse(sign.NameRules, sign.NameRuleMechanism, KerberosRealm.Default());
        IdentityDesk identities = new(names, groups, proxies);
        IAuthenticator scheme = OpenScheme(identities);
        return new SignInDesk(sign, secrets, sign.HasCertificateUsers ? new CertificateAuthenticator(scheme, time) : scheme, tokens, identities, time);
    }

    private IAuthenticator OpenScheme(IdentityDesk identities)
    {
        AuthenticationSettings sign = settings.Authentication;
        if (sign.Kind == AuthenticationKind.Simple)
        {
            return new PseudoAuthenticator(sign.AnonymousAllowed);
        }

        ServicePrincipals served = ServicePrincipals.Parse(sign.Principal, ServicePrincipals.MachineName);
        return new SpnegoAuthenticator(sign, served, Own(AcceptorKeys.Open(sign.Keytab, served, notices.Warn)), identities);
    }

    // The random secret of a stock server is one server's until it stops. Ours lies in the store: servers on it honour each other's
    // cookies, and a restart signs nobody out.
    private async ValueTask<ISignerSecrets> OpenSecretsAsync(IStateStore state, CancellationToken cancellationToken)
    {
        AuthenticationSettings sign = settings.Authentication;
        if (sign is { Signer: SignerKind.File, SecretFile: { } path })
        {
            if (FileSignerSecrets.TryRead(path, out string? problem) is { } secret)
            {
                return secret;
            }

            notices.Warn($"Unable to read the cookie secret, falling back to use random secrets. Reason: {problem}");
        }

        return await SharedSignerSecrets.OpenAsync(state, time, sign.TokenValidity, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a server and an embedded engine have in common.</summary>
    private sealed record Core(KmsEngine Engine, IKeyProvider Opened, IKeyProvider Store, AclSource Acls, AuditTrail Audit, KmsMeter Meter, IGroupMapper Groups);
}
