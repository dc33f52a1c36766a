using System.Globalization;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// Puts an engine together in this process: store, rules, audit trail. It decides and writes down as a server does; the person at the
/// keyboard is one caller among others.
/// </summary>
internal static class EmbeddedOpening
{
    // A shell may be closed at any moment: what is still being counted then would be lost.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    internal static async ValueTask<EmbeddedKms> OpenAsync(ProviderUri uri, string? configPath, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        string account = Environment.UserName;
        IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(uri, ProviderContext.System, cancellationToken).ConfigureAwait(false);
        Parts parts = new(store);
        try
        {
            await store.SelfTestAsync(cancellationToken).ConfigureAwait(false);
            string? lists = configPath is null ? null : Path.Combine(configPath, "kms-acls.xml");
            parts.Rules = AclSource.Open(lists, new AclSettings(), BuiltInAcls.For(account), time, static _ => { });
            parts.Trail = new AuditTrail([FileAuditSink.Open(AuditFile(time), new JsonAuditFormat(), time)], new AuditAggregator(Window, time), time, static (_, _) => { });
            KmsEngine engine = new(store, parts.Rules, parts.Trail, time, keyAuthorization: true);
            Caller caller = new(account, account, AuthenticationMethod.Process, NameSet.Empty);
            return new EmbeddedKms(engine, new Call(caller, CallOrigin.Embedded("Connect-KmsProvider")), parts);
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // One file for each connection: a chained log has one writer.
    private static string AuditFile(TimeProvider time) => Path.Combine(
        UserFolders.Root,
        "audit",
        string.Create(CultureInfo.InvariantCulture, $"shell-{time.GetUtcNow():yyyyMMddTHHmmss.fffffff}-{Environment.ProcessId}.log"));

    /// <summary>What is closed with the session, in this order.</summary>
    private sealed class Parts(IKeyProvider store) : IAsyncDisposable
    {
        internal AclSource? Rules { get; set; }

        internal AuditTrail? Trail { get; set; }

        public async ValueTask DisposeAsync()
        {
            if (Trail is not null)
            {
                await Trail.DisposeAsync().ConfigureAwait(false);
            }

            if (Rules is not null)
            {
                await Rules.DisposeAsync().ConfigureAwait(false);
            }

            await store.DisposeAsync().ConfigureAwait(false);
        }
    }
}
