using System.Globalization;
using KmsPS.Engine;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Server;

/// <summary>Data keys over HTTP: made, unwrapped, wrapped anew. SOURCE: Hadoop KMS.java, whose order of checks this is.</summary>
internal sealed class EekEndpoints(KmsEngine engine, Answer answer, RestOptions options)
{
    public async ValueTask GenerateAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        if (Operation(exchange) != RestPaths.Generate)
        {
            throw WrongOperation();
        }

        GenerateRequest request = new(key, Count(exchange.Target.Parameter(RestPaths.NumberOfKeys)));
        EekBatch? made = await engine.GenerateEekAsync(exchange.Begin(KmsOperation.GenerateEek), request, exchange.Aborted);
        await answer.EeksAsync(exchange, made);
    }

    /// <summary>Unwraps one EEK, or wraps it under the current version.</summary>
    public async ValueTask OneAsync(RestExchange exchange)
    {
        EekBody body = await RequestBody.ReadJsonAsync(exchange, options.MaxBody, KmsJson.ReadEek);
        KeyVersionName version = exchange.Version();
        string operation = Operation(exchange);
        EncryptedKeyVersion eek = new(Name(body.Name), version, body.Iv ?? throw Missing("iv"), body.Material ?? throw Missing("material"));
        switch (operation)
        {
            case RestPaths.Decrypt:
                using (SecretBytes plain = await engine.DecryptEekAsync(exchange.Begin(KmsOperation.DecryptEek), eek, exchange.Aborted))
                {
                    await answer.JsonAsync(exchange, (eek.Key, plain), static (target, dek) => KmsJson.WriteDecrypted(target, dek.Key, dek.plain));
                }

                break;
            case RestPaths.Reencrypt:
                EncryptedKeyVersion fresh = await engine.ReencryptEekAsync(exchange.Begin(KmsOperation.ReencryptEek), eek, exchange.Aborted);
                await answer.JsonAsync(exchange, fresh, KmsJson.Write);
                break;
            default:
                throw WrongOperation();
        }
    }

    /// <summary>Wraps many EEKs of one key under its current version.</summary>
    public async ValueTask BatchAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        EekBatchBody body = await RequestBody.ReadJsonAsync(exchange, options.MaxBatchBody, bytes => KmsJson.ReadEekBatchBody(bytes, key));
        IReadOnlyList<EncryptedKeyVersion> fresh = await engine.ReencryptEekBatchAsync(
            exchange.Begin(KmsOperation.ReencryptEekBatch), new ReencryptBatchRequest(key, body.Eeks, body.Malformed), exchange.Aborted);
        await answer.JsonAsync(exchange, (body.Eeks, fresh), static (target, both) => KmsJson.WriteReencrypted(target, both.Eeks, both.fresh));
    }

    /// <summary>A new data key, wrapped and plain in one answer. SOURCE: Ranger KMS, generateDataKey: first the one right, then the other.</summary>
    public async ValueTask DataKeyAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        EekBatch? made = await engine.GenerateEekAsync(exchange.Begin(KmsOperation.GenerateEek), new GenerateRequest(key), exchange.Aborted);
        EncryptedKeyVersion eek = made![0];
        using SecretBytes plain = await engine.DecryptEekAsync(exchange.Begin(KmsOperation.DecryptEek), eek, exchange.Aborted);
        await answer.JsonAsync(exchange, (eek, plain), static (target, both) => KmsJson.WriteDataKey(target, both.eek, both.plain));
    }

    private static string Operation(RestExchange exchange) => exchange.Target.Parameter(RestPaths.EekOperation) ?? throw Missing("eekOp");

    // SOURCE: java.lang.Integer.parseInt, which takes a sign; an empty value counts as none.
    private static int Count(string? text) => text switch
    {
        null or "" => 1,
        _ when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count) => count,
        _ => throw new KmsException(
            ErrorKind.InvalidRequest,
            $"Parameter '{RestPaths.NumberOfKeys}' must be an integer of 32 bits, but is \"{Printable.Text(text)}\"",
            "Say how many data keys are wanted."),
    };

    private static KeyName Name(string? text) => text switch
    {
        null => default,
        "" => KeyName.Empty,
        _ => KeyName.Sought(text),
    };

    private static KmsException Missing(string parameter) => new(ErrorKind.InvalidRequest, $"Parameter '{parameter}' cannot be null", "Send it.");

    // SOURCE: Hadoop KMS.java; the text is a stock server's, its third word included.
    private static KmsException WrongOperation() => new(
        ErrorKind.InvalidRequest,
        "IllegalArgumentException Wrong eek_op value, it must be generate or decrypt",
        "A GET generates; a POST decrypts or reencrypts.");
}
