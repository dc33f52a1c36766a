using KmsPS.Engine;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Server;

/// <summary>Keys and their versions over HTTP: reads the request, calls the engine, writes the answer. SOURCE: Hadoop KMS.java.</summary>
internal sealed class KeyEndpoints(KmsEngine engine, Answer answer, RestOptions options)
{
    public async ValueTask CreateAsync(RestExchange exchange)
    {
        using NewKeyBody body = await RequestBody.ReadJsonAsync(exchange, options.MaxBody, KmsJson.ReadNewKey);
        NewKey key = new(
            Name(body.Name),
            body.Cipher is null ? options.DefaultCipher : new CipherName(body.Cipher),
            body.BitLength == 0 ? options.DefaultBitLength : body.BitLength,
            body.Description,
            body.Attributes,
            body.Material);
        using KeyVersion made = await engine.CreateKeyAsync(exchange.Begin(KmsOperation.CreateKey), key, exchange.Aborted);
        HttpRequest request = exchange.Http.Request;
        exchange.Http.Response.Headers.Location = $"{request.Scheme}://{request.Host.Value}{RestPaths.Location(made.Key)}";
        await answer.JsonAsync(exchange, made, KmsJson.Write, StatusCodes.Status201Created);
    }

    public async ValueTask RollAsync(RestExchange exchange)
    {
        using SecretBytes? material = await RequestBody.ReadJsonAsync(exchange, options.MaxBody, KmsJson.ReadRoll);
        RollRequest roll = new(exchange.KeyOrEmpty(), material);
        using KeyVersion made = await engine.RollNewVersionAsync(exchange.Begin(KmsOperation.RollNewVersion), roll, exchange.Aborted);
        await answer.JsonAsync(exchange, made, KmsJson.Write);
    }

    public async ValueTask DeleteAsync(RestExchange exchange)
    {
        KeyName key = exchange.KeyOrEmpty();
        await engine.DeleteKeyAsync(exchange.Begin(KmsOperation.DeleteKey), key, exchange.Aborted);
        answer.Done(exchange);
    }

    public async ValueTask InvalidateAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        await engine.InvalidateCacheAsync(exchange.Begin(KmsOperation.InvalidateCache), key, exchange.Aborted);
        answer.Done(exchange);
    }

    public async ValueTask MetadataAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        KeyMetadata? found = await engine.GetMetadataAsync(exchange.Begin(KmsOperation.GetMetadata), key, exchange.Aborted);
        await answer.JsonAsync(exchange, found, KmsJson.Write);
    }

    public async ValueTask CurrentAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        using KeyVersion? found = await engine.GetCurrentKeyAsync(exchange.Begin(KmsOperation.GetCurrentKey), key, exchange.Aborted);
        await answer.JsonAsync(exchange, found, KmsJson.Write);
    }

    public async ValueTask VersionAsync(RestExchange exchange)
    {
        KeyVersionName version = exchange.Version();
        using KeyVersion? found = await engine.GetKeyVersionAsync(exchange.Begin(KmsOperation.GetKeyVersion), version, exchange.Aborted);
        await answer.JsonAsync(exchange, found, KmsJson.Write);
    }

    public async ValueTask VersionsAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        using KeyVersionList found = await engine.GetKeyVersionsAsync(exchange.Begin(KmsOperation.GetKeyVersions), key, exchange.Aborted);
        await answer.JsonAsync(exchange, found.Versions, KmsJson.Write);
    }

    public async ValueTask KeysMetadataAsync(RestExchange exchange)
    {
        // SOURCE: recorded/http, keys-metadata-empty: an empty name is looked up like any other.
        KeyName[] keys = [.. exchange.Target.Parameters("key").Select(static name => name.Length == 0 ? KeyName.Empty : KeyName.Sought(name))];
        IReadOnlyList<KeyMetadata?> found = await engine.GetKeysMetadataAsync(exchange.Begin(KmsOperation.GetKeysMetadata), keys, exchange.Aborted);
        await answer.JsonAsync(exchange, found, KmsJson.Write);
    }

    public async ValueTask NamesAsync(RestExchange exchange)
    {
        IAsyncEnumerable<KeyName> keys = await engine.GetKeyNamesAsync(exchange.Begin(KmsOperation.GetKeys), exchange.Aborted);
        await answer.JsonListAsync(exchange, keys, KmsJson.WriteName, KmsJson.EndNames);
    }

    /// <summary>SOURCE: Cloudera Key Trustee KMS, <c>POST trustee/key/NAME?trusteeOp=undelete</c> and <c>=purge</c>.</summary>
    public async ValueTask TrusteeAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        switch (exchange.Target.Parameter(RestPaths.TrusteeOperation))
        {
            case RestPaths.Undelete:
                KeyMetadata restored = await engine.RestoreKeyAsync(exchange.Begin(KmsOperation.RestoreKey), key, exchange.Aborted);
                await answer.JsonAsync(exchange, restored, KmsJson.Write);
                break;
            case RestPaths.Purge:
                await engine.PurgeKeyAsync(exchange.Begin(KmsOperation.PurgeKey), key, exchange.Aborted);
                answer.Done(exchange);
                break;
            default:
                throw new KmsException(
                    ErrorKind.InvalidRequest,
                    $"Parameter '{RestPaths.TrusteeOperation}' must be '{RestPaths.Undelete}' or '{RestPaths.Purge}'",
                    "Send one of the two in the query.");
        }
    }

    // SOURCE: Hadoop KMS.createKey, KMS.checkNotEmpty.
    private static KeyName Name(string? text) => text switch
    {
        null => throw new KmsException(ErrorKind.InvalidRequest, "Parameter 'name' cannot be null", "Name the key."),
        "" => throw new KmsException(ErrorKind.InvalidRequest, "Parameter 'name' cannot be empty", "Name the key."),
        _ => KeyName.Parse(text),
    };
}
