using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Makes data keys, encrypted under keys: Hadoop's EEKs.</summary>
[Cmdlet(VerbsCommon.New, "KmsEncryptedKey", DefaultParameterSetName = ByObject)]
[OutputType(typeof(KmsEncryptedKey))]
public sealed class NewKmsEncryptedKeyCommand : KeyCmdlet
{
    // What a stock client asks for at a time.
    private const int AtATime = 500;

    /// <summary>How many to make of each key.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(key.Value, async (output, stop) =>
        {
            for (int left = Count; left > 0; left -= AtATime)
            {
                EekBatch? batch = await kms.GenerateEekAsync(new GenerateRequest(key, Math.Min(left, AtATime)), stop).ConfigureAwait(false);
                for (int i = 0; i < (batch?.Count ?? 0); i++)
                {
                    await output.WriteAsync(new KmsEncryptedKey(batch![i], connection.Info.Name), stop).ConfigureAwait(false);
                }
            }
        });
    }
}
