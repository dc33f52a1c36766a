using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Audit;

/// <summary>
/// The engine with its real pipeline and trail, and in front of it just enough of a server to take the recorded requests: who asks,
/// and which operation it is. What a server refuses before an operation is known it writes with the recorded answer's own text.
/// </summary>
internal sealed partial class RecordedServer : IAsyncDisposable
{
    private readonly AuditTrail _trail;
    private readonly KmsEngine _engine;
    private readonly FixedAcl _acls;

    internal RecordedServer(string folder, TimeSpan window, ManualTime time, MemorySink sink)
    {
        _acls = new FixedAcl(Rules(XDocument.Load(Path.Combine(folder, "conf", "kms-acls.xml"))));
        _trail = new AuditTrail([sink], new AuditAggregator(window, time), time, static (_, failure) => throw failure);
        Time = time;
        _engine = new KmsEngine(new MemoryKeyProvider(time), _acls, _trail, time, keyAuthorization: true);
    }

    private ManualTime Time { get; }

    public ValueTask DisposeAsync() => _trail.DisposeAsync();

    internal async Task PassUntilAsync(long milliseconds, DateTimeOffset start, long sweep, CancellationToken stop)
    {
        DateTimeOffset until = start.AddMilliseconds(milliseconds);
        while (Time.GetUtcNow() < until)
        {
            TimeSpan left = until - Time.GetUtcNow();
            Time.Advance(left < TimeSpan.FromMilliseconds(sweep) ? left : TimeSpan.FromMilliseconds(sweep));
            await _trail.SettleAsync(stop);
        }
    }

    internal void Replace(AclOperation operation, string? value) => _acls.Current = new AclSnapshot
    {
        Operations = value is null ? FrozenDictionary<AclOperation, AclRule>.Empty : new[] { operation }.ToFrozenDictionary(static one => one, one => new AclRule("replaced", value, AccessList.Parse(value), "test", 0)),
        Blacklists = _acls.Current.Blacklists,
        Keys = _acls.Current.Keys,
        Defaults = _acls.Current.Defaults,
        Whitelist = _acls.Current.Whitelist,
    };

    internal async Task AnswerAsync(JsonElement exchange, CancellationToken stop)
    {
        JsonElement request = exchange.GetProperty("request");
        JsonElement response = exchange.GetProperty("response");
        string method = request.GetProperty("method").GetString()!;
        string target = request.GetProperty("target").GetString()!;
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (JsonElement header in request.GetProperty("headers").EnumerateArray())
        {
            headers[header[0].GetString()!] = header[1].GetString()!;
        }

        ILookup<string, string> query = Query(target);
        if (method == "OPTIONS" || query.Contains("op") || query["doAs"].Contains("") || query["user.name"].Contains("") || query.Contains("delegation"))
        {
            return; // No line, as measured: tokens, OPTIONS, and what the sign-in refuses with anything but 401.
        }

        string? name = headers.ContainsKey("X-Hadoop-Delegation-Token") ? "bob" : query["user.name"].FirstOrDefault();
        if (name is null)
        {
            await _trail.WriteAsync(
                new AuditEvent
                {
                    At = Time.GetUtcNow(), Outcome = AuditOutcome.Unauthenticated, Address = "127.0.0.1", Method = method,
                    Url = $"http://{headers.GetValueOrDefault("Host", "localhost:{port}")}{target}", Message = response.GetProperty("reason").GetString(),
                },
                stop);
            return;
        }

        if (!target.StartsWith("/kms/v1", StringComparison.Ordinal) || SignIn(name, query) is not { } caller)
        {
            return;
        }

        Call call = new(caller, new CallOrigin("127.0.0.1", method, "http"));
        try
        {
            await RouteAsync(call, method, target, query, request.TryGetProperty("body", out JsonElement body) ? body.GetString()! : "", stop);
        }
        catch (BeforeTheEngineException)
        {
            string? message = JsonDocument.Parse(response.GetProperty("body").GetString()!).RootElement.GetProperty("RemoteException").GetProperty("message").GetString();
            await _trail.WriteAsync(new AuditEvent { At = Time.GetUtcNow(), Outcome = AuditOutcome.Error, User = caller.FullName, Method = method, Message = message }, stop);
        }
        catch (KmsException)
        {
            // The pipeline has written it down.
        }
    }

    private static Caller? SignIn(string name, ILookup<string, string> query)
    {
        if (Identify(name) is not { } signedIn || query["doAs"].FirstOrDefault() is not { } other)
        {
            return Identify(name);
        }

        return name == "svc" && other is "bob" or "mallory" ? Identify(other)! with { RealCaller = signedIn } : null;
    }

    // SOURCE: Hadoop KerberosName and its default rule; what is no principal is a name as it stands.
    private static Caller? Identify(string name)
    {
        Match principal = Principal().Match(name);
        return principal.Success ? new Caller(principal.Groups[1].Value, name, AuthenticationMethod.Simple, NameSet.Empty)
            : name.Contains('@') ? null
            : new Caller(name, name, AuthenticationMethod.Simple, NameSet.Empty);
    }

    private async Task RouteAsync(Call call, string method, string target, ILookup<string, string> query, string body, CancellationToken stop)
    {
        string[] path = [.. target.Split('?')[0]["/kms/v1/".Length..].Split('/').Select(Uri.UnescapeDataString)];
        switch (method, path)
        {
            case ("POST", ["keys"]):
                await CreateAsync(call, Json(body), stop);
                break;
            case ("GET", ["keys", "names"]):
                await _engine.GetKeysAsync(call, default, stop);
                break;
            case ("GET", ["keys", "metadata"]):
                await _engine.GetKeysMetadataAsync(call, [.. query["key"].Select(KeyName.Parse)], stop);
                break;
            case ("POST", ["key", var key]):
                using (SecretBytes? material = Material(Json(body)))
                {
                    (await _engine.RollNewVersionAsync(call, new RollRequest(KeyName.Parse(key), material), stop)).Dispose();
                }

                break;
            case ("DELETE", ["key", var key]):
                await _engine.DeleteKeyAsync(call, KeyName.Parse(key), stop);
                break;
            case ("POST", ["key", var key, "_invalidatecache"]):
                await _engine.InvalidateCacheAsync(call, KeyName.Parse(key), stop);
                break;
            case ("GET", ["key", _] or ["key", _, "_metadata"]):
                await _engine.GetMetadataAsync(call, KeyName.Parse(path[1]), stop);
                break;
            case ("GET", ["key", var key, "_currentversion"]):
                (await _engine.GetCurrentKeyAsync(call, KeyName.Parse(key), stop))?.Dispose();
                break;
            case ("GET", ["key", var key, "_versions"]):
                (await _engine.GetKeyVersionsAsync(call, KeyName.Parse(key), stop)).Dispose();
                break;
            case ("GET", ["keyversion", var version]):
                (await _engine.GetKeyVersionAsync(call, KeyVersionName.Parse(version), stop))?.Dispose();
                break;
            case ("GET", ["key", var key, "_eek"]) when query["eek_op"].First() == "generate":
                await _engine.GenerateEekAsync(call, new GenerateRequest(KeyName.Parse(key), int.Parse(query["num_keys"].FirstOrDefault() ?? "1")), stop);
                break;
            case ("POST", ["keyversion", var version, "_eek"]):
                await EekAsync(call, query["eek_op"].First(), version, Json(body), stop);
                break;
            case ("POST", ["key", var key, "_reencryptbatch"]):
                EncryptedKeyVersion[] eeks = [.. Json(body).EnumerateArray().Select(static each => Eek(each.GetProperty("versionName").GetString()!, each.GetProperty("iv"), each.GetProperty("encryptedKeyVersion")))];
                await _engine.ReencryptEekBatchAsync(call, new ReencryptBatchRequest(KeyName.Parse(key), eeks), stop);
                break;
            default:
                throw new BeforeTheEngineException();
        }
    }

    private async Task CreateAsync(Call call, JsonElement body, CancellationToken stop)
    {
        // The recorded store folds letters and refuses capitals; so does ours of that format, which is not the one here.
        if (!body.TryGetProperty("name", out JsonElement name) || name.GetString()!.Any(char.IsUpper))
        {
            throw new BeforeTheEngineException();
        }

        using SecretBytes? material = Material(body);
        NewKey key = NewKey.Default(KeyName.Parse(name.GetString()!)) with
        {
            Description = body.TryGetProperty("description", out JsonElement text) ? text.GetString() : null,
            Material = material,
        };
        (await _engine.CreateKeyAsync(call, key, stop)).Dispose();
    }

    private async Task EekAsync(Call call, string operation, string version, JsonElement body, CancellationToken stop)
    {
        if (!body.TryGetProperty("iv", out JsonElement iv))
        {
            throw new BeforeTheEngineException();
        }

        EncryptedKeyVersion eek = Eek(version, iv, body);
        if (operation == "decrypt")
        {
            (await _engine.DecryptEekAsync(call, eek, stop)).Dispose();
        }
        else
        {
            await _engine.ReencryptEekAsync(call, eek, stop);
        }
    }

    private static EncryptedKeyVersion Eek(string version, JsonElement iv, JsonElement inner) => new(
        inner.TryGetProperty("name", out JsonElement name) ? KeyName.Parse(name.GetString()!) : default,
        KeyVersionName.Parse(version),
        Convert.FromBase64String(iv.GetString()!),
        Convert.FromBase64String(inner.GetProperty("material").GetString()!));

    private static SecretBytes? Material(JsonElement body) =>
        body.TryGetProperty("material", out JsonElement text) ? SecretBytes.CopyOf(Convert.FromBase64String(text.GetString()!)) : null;

    private static JsonElement Json(string body)
    {
        try
        {
            return JsonDocument.Parse(body).RootElement;
        }
        catch (JsonException broken)
        {
            throw new BeforeTheEngineException(broken);
        }
    }

    private static ILookup<string, string> Query(string target) => (target.Split('?', 2) is [_, var query] ? query : "")
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(static pair => pair.Split('=', 2))
        .ToLookup(static pair => pair[0], static pair => Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? ""));

    private static AclSnapshot Rules(XDocument file)
    {
        AclRule[] rules =
        [
            .. file.Descendants("property").Select(static property =>
                new AclRule(property.Element("name")!.Value, property.Element("value")!.Value, AccessList.Parse(property.Element("value")!.Value), "kms-acls.xml", 1)),
        ];
        return new AclSnapshot
        {
            Operations = Of<AclOperation>(rules, "hadoop.kms.acl."),
            Blacklists = Of<AclOperation>(rules, "hadoop.kms.blacklist."),
            Defaults = Of<KeyAclType>(rules, "default.key.acl."),
            Whitelist = Of<KeyAclType>(rules, "whitelist.key.acl."),
            Keys = rules.Where(static rule => rule.Property.StartsWith("key.acl.", StringComparison.Ordinal))
                .GroupBy(static rule => rule.Property["key.acl.".Length..rule.Property.LastIndexOf('.')])
                .ToFrozenDictionary(static key => key.Key, static key => Of<KeyAclType>(key, $"key.acl.{key.Key}."), StringComparer.Ordinal),
        };
    }

    private static FrozenDictionary<T, AclRule> Of<T>(IEnumerable<AclRule> rules, string prefix)
        where T : struct, Enum => rules
        .Where(rule => rule.Property.StartsWith(prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(rule => Enum.Parse<T>(rule.Property[prefix.Length..].Replace("_", "", StringComparison.Ordinal), ignoreCase: true));

    [GeneratedRegex("^([^/@]+)(/[^/@]+)?(@[^/@]+)?$", RegexOptions.Singleline)]
    private static partial Regex Principal();

    private sealed class BeforeTheEngineException(Exception? inner = null) : Exception(null, inner);
}
