using System.Reflection;
using KmsPS.Engine;
using KmsPS.Engine.Wire;
using KmsPS.Server;
using KmsPS.Tests.Architecture;
using KmsPS.Tests.Fakes;
using Mono.Cecil.Cil;

namespace KmsPS.Tests.Server;

/// <summary>
/// Everything that the server answers at, asked by nobody: each must end at the front door, but for what is open on purpose. A route
/// that is added to the table without a sample here fails, and so does a path that is served anywhere beside the table.
/// </summary>
public sealed class RouteInventoryTests
{
    // What needs no name, and why: balancers and their probes have none.
    private static readonly string[] Open = ["/health/live", "/health/ready", RestPaths.RangerStatus];

    // One path for each route of the table.
    private static readonly string[] Samples =
    [
        "/kms/v1", "/kms/v1/keys", "/kms/v1/keys/names", "/kms/v1/keys/metadata", "/kms/v1/key/k", "/kms/v1/key/k/_metadata", "/kms/v1/key/k/_currentversion", "/kms/v1/key/k/_versions",
        "/kms/v1/key/k/_eek", "/kms/v1/key/k/_reencryptbatch", "/kms/v1/key/k/_invalidatecache", "/kms/v1/key/k/_dek", "/kms/v1/keyversion/k@0", "/kms/v1/keyversion/k@0/_eek", "/kms/v1/trustee/key/k", "/kms/v1/lifecycle/key/k", "/kms/v1/lifecycle/plan",
    ];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_route_of_the_table_has_a_sample()
    {
        KmsEngine engine = new(new MemoryKeyProvider(), FixedAcl.Open, new RecordingAudit(), TimeProvider.System, keyAuthorization: true);
        Answer answer = new(TimeProvider.System);
        Routes routes = new(new KeyEndpoints(engine, answer, RestOptions.Default), new EekEndpoints(engine, answer, RestOptions.Default), new LifecycleEndpoints(engine, answer, RestOptions.Default));
        HashSet<object> sampled = [.. Samples.Select(path => routes.Match(path, out _) ?? throw new InvalidOperationException($"{path} is no route"))];
        Route[] table = [.. RoutesIn(routes, 0)];
        Assert.Equal(Samples.Length, sampled.Count);
        Assert.Equal(sampled.Count, table.Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.All(table, route => Assert.Contains(sampled, each => ReferenceEquals(each, route)));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Nobody_gets_behind_the_door(string scheme)
    {
        string[] paths = [.. Samples.Concat(Written()).Concat(Words()).Distinct(StringComparer.Ordinal)];
        Assert.Superset(new HashSet<string> { "/jmx", "/conf", "/logLevel", "/metrics", "/prom", "/stacks", "/kms/v1/admin/explain" }, paths.ToHashSet());
        await using RunningServer server = await RunningServer.StartWithAsync([("hadoop.prometheus.endpoint.enabled", "true")], scheme, Stop);
        using HttpClient client = new(new SocketsHttpHandler { UseCookies = false, SslOptions = { RemoteCertificateValidationCallback = LoopbackTrust.Accept } }) { BaseAddress = server.Url };
        List<string> open = [];
        foreach (string path in paths)
        {
            foreach (string method in Methods)
            {
                using HttpRequestMessage request = new(new HttpMethod(method), path);
                using HttpResponseMessage answer = await client.SendAsync(request, Stop);
                bool isAsked = (int)answer.StatusCode == 401 && answer.Headers.WwwAuthenticate.ToString() == "PseudoAuth";
                bool isOpen = Open.Contains(path) && (method is "GET" or "HEAD");
                if (!isAsked && !isOpen)
                {
                    open.Add($"{method} {path}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.True(open.Count == 0, string.Join("\n", open));
    }

    [Theory]
    [InlineData("GETDELEGATIONTOKEN", "GET")]
    [InlineData("RENEWDELEGATIONTOKEN", "PUT")]
    [InlineData("CANCELDELEGATIONTOKEN", "PUT")]
    public async Task Operations_on_tokens_ask_for_credentials_or_a_token_on_every_path(string operation, string method)
    {
        await using RunningServer server = await RunningServer.StartWithAsync([], "http", Stop);
        foreach (string path in Samples.Concat(Open.Skip(2)).Append("/").Append("/jmx"))
        {
            RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, method, $"{path}?op={operation}&token=AAAA", [], [], Stop);
            Assert.True(reply.Status is 403 or 404 || Open.Contains(path), $"{method} {path}: {reply.Status}");
            Assert.DoesNotContain("urlString", reply.Body, StringComparison.Ordinal);
        }
    }

    // Routes stand in fields, and in tables in fields.
    private static IEnumerable<Route> RoutesIn(object holder, int depth)
    {
        foreach (FieldInfo field in holder.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            object? value = field.GetValue(holder);
            IEnumerable<object> values = value is Array many ? many.Cast<object>() : value is null ? [] : [value];
            foreach (object each in values)
            {
                if (each is Route route)
                {
                    yield return route;
                }
                else if (depth < 2 && each.GetType().IsNested)
                {
                    foreach (Route inner in RoutesIn(each, depth + 1))
                    {
                        yield return inner;
                    }
                }
            }
        }
    }

    // Every text in the server's code that could be a path.
    private static List<string> Written()
    {
        using Built server = Built.Server();
        return
        [
            .. server.Methods().Where(static method => method.HasBody).SelectMany(static method => method.Body.Instructions)
                .Where(static step => step.OpCode == OpCodes.Ldstr).Select(static step => (string)step.Operand)
                .Where(static text => text.Length > 1 && text[0] == '/' && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-')),
        ];
    }

    // The words that the interface's paths are made of, alone and below one another.
    private static IEnumerable<string> Words() =>
        typeof(RestPaths).GetFields(BindingFlags.Public | BindingFlags.Static).Where(static field => field.IsLiteral).Select(static field => ((string)field.GetRawConstantValue()!).Trim('/'))
            .SelectMany(static word => new[] { $"/{word}", $"{RestPaths.Root}{word}", $"{RestPaths.Root}{RestPaths.Admin}{word}" });
}
