using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Lists and describes keys.</summary>
[Cmdlet(VerbsCommon.Get, "KmsKey")]
[OutputType(typeof(KmsKey))]
public sealed class GetKmsKeyCommand : KmsProviderCmdlet
{
    /// <summary>Names, or patterns with wildcards; all keys without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("KeyName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only keys of this cipher; a pattern with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CipherCompleter))]
    public string? Cipher { get; set; }

    /// <summary>Only keys whose current version was made longer ago than this.</summary>
    [Parameter]
    [Age]
    public TimeSpan? OlderThan { get; set; }

    /// <summary>Deleted keys that can be restored, instead of those in use.</summary>
    [Parameter]
    public SwitchParameter Deleted { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        foreach (string text in Name ?? ["*"])
        {
            if (Deleted || WildcardPattern.ContainsWildcardCharacters(text))
            {
                ListMatching(connection, text);
            }
            else if (ParseName(WildcardPattern.Unescape(text)) is { } name)
            {
                Describe(connection, name);
            }
        }
    }

    private void ListMatching(KmsSession.Connection connection, string text)
    {
        WildcardPattern? pattern = text == "*" ? null : WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Func<KeyMetadata, bool> wanted = Filter();
        bool exact = !WildcardPattern.ContainsWildcardCharacters(text);
        int found = 0;
        bool done = Pump(text, async (output, stop) =>
        {
            IAsyncEnumerable<KeyMetadata> keys = await kms.GetKeysAsync(Deleted ? KeyListing.Deleted : KeyListing.InUse, stop).ConfigureAwait(false);
            await foreach (KeyMetadata key in keys.WithCancellation(stop).ConfigureAwait(false))
            {
                // A name may itself hold wildcard characters; typed exactly it is found too. Exact names keep their capital letters apart.
                bool named = pattern is null || key.Name.Value == text || (!exact && pattern.IsMatch(key.Name.Value));
                if (named)
                {
                    found++;
                    connection.Seen.Add(key.Name.Value);
                }

                if (named && wanted(key))
                {
                    await output.WriteAsync(new KmsKey(key, connection.Info.Name), stop).ConfigureAwait(false);
                }
            }
        });
        if (done && exact && found == 0)
        {
            WriteError(ErrorRecords.From(new ShellException("KeyNotFound", ErrorCategory.ObjectNotFound, $"There is no deleted key '{Printable.Text(text)}'", "Get-KmsKey -Deleted lists those that can be restored."), text));
        }
    }

    private void Describe(KmsSession.Connection connection, KeyName name)
    {
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Func<KeyMetadata, bool> wanted = Filter();
        Pump(name.Value, async (output, stop) =>
        {
            KeyMetadata key = await kms.GetMetadataAsync(name, stop).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(name, connection.Info.Uri);
            connection.Seen.Add(key.Name.Value);
            if (wanted(key))
            {
                await output.WriteAsync(new KmsKey(key, connection.Info.Name), stop).ConfigureAwait(false);
            }
        });
    }

    // A key whose current version's age is not known is never reported as old: -OlderThan feeds jobs that change things.
    private Func<KeyMetadata, bool> Filter()
    {
        WildcardPattern? cipher = Cipher is null ? null : WildcardPattern.Get(Cipher, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        DateTimeOffset? before = OlderThan is { } age ? TimeProvider.System.GetUtcNow() - age : null;
        return key => (cipher is null || cipher.IsMatch(key.Cipher.Value)) && (before is null || KmsKey.RolledAt(key) < before);
    }
}
