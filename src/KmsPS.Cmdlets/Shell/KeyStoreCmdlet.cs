using System.Globalization;
using System.Management.Automation;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that copies keys between a Java keystore file and the connection that is asked.</summary>
public abstract class KeyStoreCmdlet : KmsProviderCmdlet
{
    private const string PasswordVariable = "HADOOP_KEYSTORE_PASSWORD";
    private const string PasswordProperty = "hadoop.security.keystore.java-keystore-provider.password-file";

    /// <summary>The keystore file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Names, or patterns with wildcards; all keys without it. Capital letters count.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>A file with the keystore's password. Without it HADOOP_KEYSTORE_PASSWORD is asked, and then Hadoop's default, none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PasswordFile { get; set; }

    /// <summary>Leaves out the proof that each copied version decrypts the same on both sides.</summary>
    [Parameter]
    public SwitchParameter SkipVerification { get; set; }

    /// <summary>How many keys are copied at the same time; without it as many as suit the destination.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; }

    /// <summary>Whether the file is where keys are copied from; otherwise it is where they are copied to.</summary>
    private protected abstract bool IsSource { get; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string file = GetUnresolvedProviderPathFromPSPath(Path);
        if (IsSource && !File.Exists(file))
        {
            ThrowTerminatingError(ErrorRecords.From(new ShellException("PathNotFound", ErrorCategory.ObjectNotFound, $"There is no keystore {file}", "Name the file that Hadoop's jceks:// URI ends with."), file));
        }

        KmsSession.Connection other = Connect(null);
        bool isTrial = IsWhatIf;
        string? passwordFile = PasswordFile is null ? null : GetUnresolvedProviderPathFromPSPath(PasswordFile);
        PumpOrEnd(file, async (output, stop) =>
        {
            EmbeddedKms keystore = await OpenAsync(file, passwordFile, isTrial, stop).ConfigureAwait(false);
            await using (keystore.ConfigureAwait(false))
            {
                await MoveAsync(keystore, file, other, output, stop).ConfigureAwait(false);
            }
        });
    }

    private async Task MoveAsync(EmbeddedKms keystore, string file, KmsSession.Connection other, ShellOutput output, CancellationToken cancellationToken)
    {
        string cmdlet = MyInvocation.MyCommand.Name;
        (IKms Kms, string Name) mine = (keystore.As(keystore.Call with { Origin = Engine.Identity.CallOrigin.Embedded(cmdlet) }), file);
        (IKms Kms, string Name) theirs = (other.For(cmdlet), other.Info.Name);
        ((IKms from, string fromName), (IKms to, string toName)) = IsSource ? (mine, theirs) : (theirs, mine);
        IReadOnlyList<KeyName> names = await KeyMoving.NamesAsync(from, Name, cancellationToken).ConfigureAwait(false);
        foreach (string absent in Absent(names))
        {
            await output.WriteErrorAsync(ErrorRecords.From(new ShellException("KeyNotFound", ErrorCategory.ObjectNotFound, $"There is no key '{Printable.Text(absent)}' in {from.Provider}", "Capital letters count; without -Name all keys are copied."), absent), cancellationToken).ConfigureAwait(false);
        }

        if (names.Count == 0)
        {
            if (Name is null)
            {
                await output.WriteWarningAsync($"{from.Provider} holds no key that Hadoop would list, so nothing is copied. Test-KmsKeyStore -Provider '{from.Provider}' tells of other entries.", cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        string what = string.Create(CultureInfo.CurrentCulture, $"Copy {names.Count:N0} {(names.Count == 1 ? "key" : "keys")} from {from.Provider} to {to.Provider}");
        ShouldProcessReason reason = ShouldProcessReason.None;
        bool goes = await output.AskAsync(shell => shell.ShouldProcess(what, $"{what}?", "Copy keys", out reason), cancellationToken).ConfigureAwait(false);
        if (goes || reason == ShouldProcessReason.WhatIf)
        {
            KeyMoving moving = new(from, fromName, to, toName) { PlansOnly = !goes, Verifies = !SkipVerification, Lanes = ThrottleLimit };
            await moving.RunAsync(names, output, cancellationToken).ConfigureAwait(false);
        }
    }

    // A pattern may match nothing; a name that is spelled out is meant, and a key that is missed today is missed for good after the move.
    private IEnumerable<string> Absent(IReadOnlyList<KeyName> names)
    {
        HashSet<string> found = [.. names.Select(static name => name.Value)];
        return from text in Name ?? [] where !WildcardPattern.ContainsWildcardCharacters(text) && !found.Contains(WildcardPattern.Unescape(text)) select text;
    }

    private static async ValueTask<EmbeddedKms> OpenAsync(string file, string? passwordFile, bool isTrial, CancellationToken cancellationToken)
    {
        if (passwordFile is not null && Environment.GetEnvironmentVariable(PasswordVariable) is not null)
        {
            throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, $"{PasswordVariable} is set, and -PasswordFile too", "Give the password in one place.");
        }

        HadoopProperty[] settings = passwordFile is null ? [] : [new HadoopProperty(PasswordProperty, passwordFile, IsFinal: true, "-PasswordFile", 0, 0)];
        return await EmbeddedOpening.OpenAsync("jceks://file@" + file.Replace('\\', '/'), null, null, isTrial, cancellationToken, settings).ConfigureAwait(false);
    }
}
