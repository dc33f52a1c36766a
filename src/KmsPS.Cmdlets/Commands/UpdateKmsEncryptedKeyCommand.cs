using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Wraps data keys under the current version of their key; the data keys stay the same.</summary>
[Cmdlet(VerbsData.Update, "KmsEncryptedKey")]
[OutputType(typeof(KmsEncryptedKey))]
public sealed class UpdateKmsEncryptedKeyCommand : EncryptedKeyCmdlet
{
    private const int AtATime = 500;

    private readonly List<EncryptedKeyVersion> _waiting = [];
    private KmsSession.Connection? _connection;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Given() is not { } eek)
        {
            return;
        }

        // One request carries one key of one provider, in the order of the pipeline.
        KmsSession.Connection connection = Connect(null);
        if (_waiting.Count > 0 && (_waiting[0].Key != eek.Key || connection != _connection || _waiting.Count >= AtATime))
        {
            Flush();
        }

        _connection = connection;
        _waiting.Add(eek);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Flush();

    private void Flush()
    {
        if (_waiting.Count == 0 || _connection is not { } connection)
        {
            return;
        }

        EncryptedKeyVersion[] batch = [.. _waiting];
        _waiting.Clear();
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(batch[0].Key.Value, async (output, stop) =>
        {
            IReadOnlyList<EncryptedKeyVersion> fresh = await kms.ReencryptEekBatchAsync(new ReencryptBatchRequest(batch[0].Key, batch), stop).ConfigureAwait(false);
            foreach (EncryptedKeyVersion eek in fresh)
            {
                await output.WriteAsync(new KmsEncryptedKey(eek, connection.Info.Name), stop).ConfigureAwait(false);
            }
        });
    }
}
