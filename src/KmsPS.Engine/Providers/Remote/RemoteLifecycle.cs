using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Wire;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>What may be done with keys of a remote KMS. Only our own servers answer; every other one says that there is no such path.</summary>
public sealed class RemoteLifecycle
{
    private readonly RemoteTransport _transport;
    private readonly Func<KeyName, CancellationToken, ValueTask> _forgetElsewhere;

    internal RemoteLifecycle(RemoteTransport transport, Func<KeyName, CancellationToken, ValueTask> forgetElsewhere)
    {
        _transport = transport;
        _forgetElsewhere = forgetElsewhere;
    }

    /// <summary>A key with its versions and their last uses; <see langword="null"/> for an unknown one.</summary>
    public ValueTask<KeyLifecycle?> FindAsync(KeyName key, CancellationToken cancellationToken) => AskAsync(
        new RemoteRequest(KmsOperation.GetLifecycle, HttpMethod.Get, Target(key, null)) { Subject = key.Value },
        static answer => Read(answer, LifecycleJson.Read),
        cancellationToken);

    /// <summary>What happens to keys by itself.</summary>
    /// <param name="within">Only what is due by then, from now; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<IReadOnlyList<PlannedChange>> PlanAsync(TimeSpan? within, CancellationToken cancellationToken) => AskAsync(
        new RemoteRequest(KmsOperation.GetRolloverPlan, HttpMethod.Get, RestPaths.OfPlan(within)[RestPaths.Root.Length..]),
        static answer => Read(answer, LifecycleJson.ReadPlan),
        cancellationToken);

    /// <summary>Changes what may be done with a key; gives the key as it is then.</summary>
    /// <param name="verb">Which operation it is.</param>
    /// <param name="word">Its word in the query.</param>
    /// <param name="key">The key.</param>
    /// <param name="version">A version, or <see langword="null"/>.</param>
    /// <param name="after">How long to wait, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<KeyMetadata> ChangeAsync(KmsOperation verb, string word, KeyName key, KeyVersionName? version, TimeSpan? after, CancellationToken cancellationToken)
    {
        string target = Target(key, word)
            + (version is { } named ? $"&{RestPaths.Version}={Uri.EscapeDataString(named.Value)}" : "")
            + (after is { } wait ? string.Create(CultureInfo.InvariantCulture, $"&{RestPaths.After}={(long)wait.TotalSeconds}") : "");
        RemoteRequest request = new(verb, HttpMethod.Post, target, IsIdempotent: false) { Subject = version?.Value ?? key.Value };
        KeyMetadata changed = await AskAsync(request, static answer => Read(answer, LifecycleJson.ReadKey), cancellationToken).ConfigureAwait(false);
        await _forgetElsewhere(key, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>Rolls a key while a version is current. The caller disposes the answer.</summary>
    internal async ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName expected, CancellationToken cancellationToken)
    {
        using PooledBytes body = new();
        KmsJson.WriteRequest(body, material);
        RemoteRequest request = new(KmsOperation.RollNewVersion, HttpMethod.Post, $"{Target(key, RestPaths.Roll)}&{RestPaths.Expected}={Uri.EscapeDataString(expected.Value)}", IsIdempotent: false) { Body = body, Subject = key.Value };
        KeyVersion rolled = await AskAsync(request, static answer => Read(answer, KmsJson.ReadKeyVersion) ?? throw RemoteFailures.Unreadable(answer, "without a key version"), cancellationToken).ConfigureAwait(false);
        await _forgetElsewhere(key, cancellationToken).ConfigureAwait(false);
        return rolled;
    }

    private static string Target(KeyName key, string? operation) => RestPaths.OfLifecycle(key, operation)[RestPaths.Root.Length..];

    private async ValueTask<T> AskAsync<T>(RemoteRequest request, AnswerReader<T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.SendAsync(request, read, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException unknown) when (unknown.Message.Contains("null for uri", StringComparison.Ordinal))
        {
            throw new KmsException(ErrorKind.Unsupported, "The server knows no disabled keys, planned deletions, last uses and conditional rolls: Hadoop's REST interface has no request for them", "Ask a server of KmsPS, or the store on its host.", inner: unknown) { Subject = request.Subject };
        }
    }

    private delegate T BodyReader<out T>(ReadOnlySpan<byte> body);

    private static T Read<T>(RemoteAnswer answer, BodyReader<T> read)
    {
        if (!answer.IsJson)
        {
            throw RemoteFailures.Unreadable(answer, "not in JSON");
        }

        try
        {
            return read(answer.Body.Span);
        }
        catch (KmsException failure)
        {
            throw RemoteFailures.Unreadable(answer, $"not as a KMS answers: {failure.Message}");
        }
    }
}
