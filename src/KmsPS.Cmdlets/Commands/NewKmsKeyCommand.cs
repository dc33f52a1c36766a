using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Makes keys, each with its first version.</summary>
[Cmdlet(VerbsCommon.New, "KmsKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKey))]
public sealed class NewKmsKeyCommand : KmsProviderCmdlet
{
    /// <summary>Names of the keys to make.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("KeyName")]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The transformation that the key is meant for.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CipherCompleter))]
    public string Cipher { get; set; } = CipherName.Default.Value;

    /// <summary>Length of the material, in bits. With given material its own length is the default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Bits")]
    [ValidateRange(8, 65536)]
    public int? BitLength { get; set; }

    /// <summary>Free text.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? Description { get; set; }

    /// <summary>Free pairs of text; <c>key.acl.name</c> names the key's access list.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Attributes")]
    public IDictionary? Attribute { get; set; }

    /// <summary>Given material: a byte[], or a SecureString with Base64 text. The provider generates it without.</summary>
    [Parameter]
    [Material]
    public KmsMaterial? Material { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string text in Name)
        {
            if (ParseName(text) is { } name)
            {
                Make(name);
            }
        }
    }

    private void Make(KeyName name)
    {
        KmsSession.Connection connection = Connect(null);
        int bits = BitLength ?? (Material is { } given ? given.Length * 8 : NewKey.DefaultBitLength);
        if (!ShouldProcess(Printable.Text(name.Value), string.Create(CultureInfo.InvariantCulture, $"Create key {Cipher}, {bits} bits, in {connection.Info.Uri}")))
        {
            return;
        }

        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        FrozenDictionary<string, string> attributes = Pairs(Attribute);
        Pump(name.Value, async (output, stop) =>
        {
            using SecretBytes? material = Material?.Take();
            NewKey key = new(name, new CipherName(Cipher), bits, Description, attributes, material);
            using KeyVersion made = await kms.CreateKeyAsync(key, stop).ConfigureAwait(false);
            KeyMetadata metadata = await MadeAsync(kms, key, made, stop).ConfigureAwait(false);
            connection.Seen.Add(name.Value);
            await output.WriteAsync(new KmsKey(metadata, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }

    // The answer to a creation carries no metadata. Whoever may create but not describe is shown what was asked for.
    private static async ValueTask<KeyMetadata> MadeAsync(IKms kms, NewKey key, KeyVersion made, CancellationToken cancellationToken)
    {
        try
        {
            if (await kms.GetMetadataAsync(key.Name, cancellationToken).ConfigureAwait(false) is { } metadata)
            {
                return metadata;
            }
        }
        catch (Engine.Errors.KmsException refusal) when (refusal.Kind == Engine.Errors.ErrorKind.AccessDenied)
        {
            // Falls through to what is known without asking.
        }

        return new KeyMetadata(key.Name, key.Cipher, key.BitLength, key.Description, key.Attributes, made.Created, 1) { Current = made.Name, CurrentCreated = made.Created };
    }

    private static FrozenDictionary<string, string> Pairs(IDictionary? given) => given is null
        ? FrozenDictionary<string, string>.Empty
        : given.Cast<DictionaryEntry>().ToFrozenDictionary(
            static pair => Convert.ToString(pair.Key, CultureInfo.InvariantCulture) ?? "",
            static pair => Convert.ToString(pair.Value, CultureInfo.InvariantCulture) ?? "",
            StringComparer.Ordinal);
}
