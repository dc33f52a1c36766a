using System.Globalization;
using KmsPS.Engine;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// Opens an engine in this process, put together as a server's is: store, cache, rules, audit trail. It decides and writes down as a
/// server does; the person at the keyboard is one caller among others.
/// </summary>
internal static class EmbeddedOpening
{
    // A shell may be closed at any moment: what is still being counted then would be lost.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    // A session has no log of its own. What fails in the background fails the next call too, and is an error record there.
    private static readonly KmsNotices Quiet = new(static _ => { }, static (_, _) => { }, static _ => { });

    internal static async ValueTask<EmbeddedKms> OpenAsync(string uri, string? configPath, SecretBytes? passphrase, bool isTrial, CancellationToken cancellationToken, params HadoopProperty[] more)
    {
        TimeProvider time = TimeProvider.System;
        KmsSettings settings = KmsSettings.Load(configPath) with { ProviderUri = uri, AuditWindow = Window };
        settings = settings with { Source = settings.Source.With(more) };
        KmsEngineBuilder builder = new(settings, UserFolders.Root, Path.Combine(UserFolders.Root, "audit"), Instance(time), Quiet, time) { StorePassphrase = passphrase, IsTrial = isTrial };
        EmbeddedEngine embedded = await builder.BuildEmbeddedAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string account = Environment.UserName;
            Caller caller = new(account, account, AuthenticationMethod.Process, await GroupsAsync(embedded, account, cancellationToken).ConfigureAwait(false));
            return new EmbeddedKms(embedded.Engine, new Call(caller, CallOrigin.Embedded("Connect-KmsProvider")), embedded);
        }
        catch
        {
            await embedded.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Windows has no groups that access lists could name, unless a directory or static overrides are configured.
    private static async ValueTask<NameSet> GroupsAsync(EmbeddedEngine embedded, string account, CancellationToken cancellationToken)
    {
        try
        {
            return await embedded.Groups.GroupsOfAsync(account, cancellationToken).ConfigureAwait(false);
        }
        catch (PlatformNotSupportedException)
        {
            return NameSet.Empty;
        }
    }

    // One pair of audit files for each connection: a chained log has one writer.
    private static string Instance(TimeProvider time) =>
        string.Create(CultureInfo.InvariantCulture, $"shell-{time.GetUtcNow():yyyyMMddTHHmmss.fffffff}-{Environment.ProcessId}");
}
