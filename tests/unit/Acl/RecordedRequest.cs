using System.Text;
using System.Text.Json;
using KmsPS.Engine;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Tests.Acl;

/// <summary>One request of the recorded ACL verdicts, and how to put it to an engine.</summary>
internal sealed record RecordedRequest(string Id, string User, KmsOperation Verb, string[] Path, byte[] Body)
{
    internal static RecordedRequest Read(JsonElement element)
    {
        string id = element.GetProperty("id").GetString()!;
        string target = element.GetProperty("target").GetString()!;
        string path = target.Split('?')[0]["/kms/v1/".Length..];
        KmsOperation verb = Enum.GetValues<KmsOperation>().Single(each => OperationTable.Of(each).AuditName == id.Split(' ', '+')[0]);
        string[] parts = target.Contains("?key=", StringComparison.Ordinal) ? [.. target.Split('?')[1].Split('&').Select(static each => each["key=".Length..])] : [.. path.Split('/').Select(Uri.UnescapeDataString)];
        byte[] body = element.TryGetProperty("body", out JsonElement given) ? Encoding.UTF8.GetBytes(given.GetRawText()) : [];
        return new RecordedRequest(id, element.GetProperty("user").GetString()!, verb, parts, body);
    }

    internal async Task RunAsync(KmsEngine engine, Call call, CancellationToken stop)
    {
        switch (Verb)
        {
            case KmsOperation.GetKeys:
                await engine.GetKeysAsync(call, KeyListing.InUse, stop);
                break;
            case KmsOperation.GetKeysMetadata:
                await engine.GetKeysMetadataAsync(call, Id.EndsWith("none", StringComparison.Ordinal) ? [] : [.. Path.Select(KeyName.Parse)], stop);
                break;
            case KmsOperation.GetMetadata:
                await engine.GetMetadataAsync(call, Key, stop);
                break;
            case KmsOperation.GetCurrentKey:
                (await engine.GetCurrentKeyAsync(call, Key, stop))?.Dispose();
                break;
            case KmsOperation.GetKeyVersion:
                (await engine.GetKeyVersionAsync(call, Version, stop))?.Dispose();
                break;
            case KmsOperation.GetKeyVersions:
                (await engine.GetKeyVersionsAsync(call, Key, stop)).Dispose();
                break;
            case KmsOperation.GenerateEek:
                await engine.GenerateEekAsync(call, new GenerateRequest(Key), stop);
                break;
            case KmsOperation.DecryptEek:
                (await engine.DecryptEekAsync(call, Eek(), stop)).Dispose();
                break;
            case KmsOperation.ReencryptEek:
                await engine.ReencryptEekAsync(call, Eek(), stop);
                break;
            case KmsOperation.ReencryptEekBatch:
                await engine.ReencryptEekBatchAsync(call, new ReencryptBatchRequest(Key, KmsJson.ReadEekBatch(Body, Key)), stop);
                break;
            case KmsOperation.InvalidateCache:
                await engine.InvalidateCacheAsync(call, Key, stop);
                break;
            case KmsOperation.DeleteKey:
                await engine.DeleteKeyAsync(call, Key, stop);
                break;
            case KmsOperation.RollNewVersion:
                using (SecretBytes? material = KmsJson.ReadRoll(Body))
                {
                    (await engine.RollNewVersionAsync(call, new RollRequest(Key, material), stop)).Dispose();
                }

                break;
            case KmsOperation.CreateKey:
                using (NewKeyBody body = KmsJson.ReadNewKey(Body))
                {
                    (await engine.CreateKeyAsync(call, new NewKey(KeyName.Parse(body.Name!), CipherName.Default, body.BitLength, body.Description, body.Attributes, body.Material), stop)).Dispose();
                }

                break;
            default:
                throw new InvalidOperationException($"{Verb} was never recorded");
        }
    }

    private KeyName Key => KeyName.Parse(Path[1]);

    private KeyVersionName Version => KeyVersionName.Parse(Path[1]);

    private EncryptedKeyVersion Eek()
    {
        EekBody body = KmsJson.ReadEek(Body);
        return new EncryptedKeyVersion(KeyName.Parse(body.Name!), Version, body.Iv, body.Material);
    }
}
