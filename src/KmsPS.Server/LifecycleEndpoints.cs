using System.Buffers;
using System.Globalization;
using KmsPS.Engine;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Server;

/// <summary>
/// What may be done with a key, over HTTP. Ours: a stock server has no such paths, so its clients never come here.
/// </summary>
internal sealed class LifecycleEndpoints(KmsEngine engine, Answer answer, RestOptions options)
{
    public async ValueTask DescribeAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        KeyLifecycle? found = await engine.GetLifecycleAsync(exchange.Begin(KmsOperation.GetLifecycle), key, exchange.Aborted);
        await answer.JsonAsync(exchange, LifecycleJson.Write(found), static (body, text) => body.Write(text));
    }

    public async ValueTask ChangeAsync(RestExchange exchange)
    {
        KeyName key = exchange.Key();
        KeyPart part = new(key, Version(exchange, RestPaths.Version));
        string? word = exchange.Target.Parameter(RestPaths.LifecycleOperation);
        if (word == RestPaths.Roll)
        {
            await RollAsync(exchange, key);
            return;
        }

        TimeSpan? after = Seconds(exchange, RestPaths.After);
        KeyMetadata changed = await (word switch
        {
            RestPaths.Disable => engine.DisableKeyAsync(exchange.Begin(KmsOperation.DisableKey), part, exchange.Aborted),
            RestPaths.Enable => engine.EnableKeyAsync(exchange.Begin(KmsOperation.EnableKey), part, exchange.Aborted),
            RestPaths.Schedule => engine.ScheduleDeletionAsync(exchange.Begin(KmsOperation.ScheduleDeletion), new DeletionPlan(key, after), exchange.Aborted),
            RestPaths.Cancel => engine.CancelDeletionAsync(exchange.Begin(KmsOperation.CancelDeletion), key, exchange.Aborted),
            RestPaths.Destroy => engine.DestroyVersionAsync(exchange.Begin(KmsOperation.DestroyVersion), part, exchange.Aborted),
            _ => throw new KmsException(
                ErrorKind.InvalidRequest,
                $"Parameter '{RestPaths.LifecycleOperation}' must be one of {RestPaths.Disable}, {RestPaths.Enable}, {RestPaths.Schedule}, {RestPaths.Cancel}, {RestPaths.Destroy} and {RestPaths.Roll}",
                "Send one of them in the query."),
        });
        await answer.JsonAsync(exchange, LifecycleJson.Write(changed), static (body, text) => body.Write(text));
    }

    public async ValueTask PlanAsync(RestExchange exchange)
    {
        PlanQuery query = new(Seconds(exchange, RestPaths.Within));
        IAsyncEnumerable<PlannedChange> plan = await engine.GetRolloverPlanAsync(exchange.Begin(KmsOperation.GetRolloverPlan), query, exchange.Aborted);
        await answer.JsonListAsync(exchange, plan, WritePlanned, static (body, isEmpty) => body.Write(isEmpty ? "[]"u8 : "]"u8));
    }

    private static void WritePlanned(IBufferWriter<byte> body, PlannedChange change, bool isFirst)
    {
        body.Write(isFirst ? "[\n"u8 : ",\n"u8);
        LifecycleJson.WritePlanned(body, change);
    }

    private async ValueTask RollAsync(RestExchange exchange, KeyName key)
    {
        // Without it this would be a roll like any other, and a client that forgot it would not notice.
        KeyVersionName expected = Version(exchange, RestPaths.Expected) ?? throw new KmsException(ErrorKind.InvalidRequest, $"Parameter '{RestPaths.Expected}' is missing", "Name the version that must be current.");
        using SecretBytes? material = await RequestBody.ReadJsonAsync(exchange, options.MaxBody, KmsJson.ReadRoll);
        using KeyVersion made = await engine.RollNewVersionAsync(exchange.Begin(KmsOperation.RollNewVersion), new RollRequest(key, material, expected), exchange.Aborted);
        await answer.JsonAsync(exchange, made, KmsJson.Write);
    }

    private static KeyVersionName? Version(RestExchange exchange, string parameter) =>
        exchange.Target.Parameter(parameter) is { } text ? KeyVersionName.Parse(text) : null;

    private static TimeSpan? Seconds(RestExchange exchange, string parameter) => exchange.Target.Parameter(parameter) switch
    {
        null => null,
        var text when uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds) => TimeSpan.FromSeconds(seconds),
        _ => throw new KmsException(ErrorKind.InvalidRequest, $"Parameter '{parameter}' must be a number of seconds", "Send a whole number, such as 604800 for a week."),
    };
}
