using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Telemetry;
using KmsPS.Server;
using KmsPS.Server.Admin;
using KmsPS.Tests.Fakes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace KmsPS.Tests.Admin;

public sealed partial class AdminEndpointsTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly KmsMeter _meter;
    private readonly LogLevels _levels = new();

    public AdminEndpointsTests() => _meter = new KmsMeter(_time);

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task Recorded_queries_have_the_recorded_answers()
    {
        AdminEndpoints pages = Pages(new AdminOptions(false, false, AccessList.Parse(" "), false, false, "KMS", null));
        int compared = 0;
        foreach (JsonElement exchange in Recorded("default").Where(static each => each.GetProperty("request").GetProperty("method").GetString() is "GET" or "HEAD"))
        {
            string target = exchange.GetProperty("request").GetProperty("target").GetString()!;
            if (!JmxQuery().IsMatch(target) || !target.Contains("user.name=", StringComparison.Ordinal))
            {
                continue;
            }

            JsonElement recorded = exchange.GetProperty("response");
            (HttpContext http, string body) = await AskAsync(pages, exchange.GetProperty("request").GetProperty("method").GetString()!, target);
            Assert.Equal(recorded.GetProperty("status").GetInt32(), http.Response.StatusCode);
            Assert.Equal(Header(recorded, "Content-Type"), http.Response.ContentType);
            Assert.Equal(Header(recorded, "Access-Control-Allow-Origin"), http.Response.Headers.AccessControlAllowOrigin);
            Assert.Equal(Shape(recorded.GetProperty("body").GetString()!), Shape(body));
            compared++;
        }

        Assert.True(compared >= 25, $"{compared} were compared");
    }

    [Theory]
    [InlineData("secured", true, true)]
    [InlineData("authorization-only", true, false)]
    [InlineData("requires-admin-only", false, true)]
    public async Task Administrators_are_told_from_others_as_recorded(string folder, bool authorization, bool requiresAdmin)
    {
        AdminEndpoints pages = Pages(new AdminOptions(authorization, requiresAdmin, AccessList.Parse("admin"), false, false, "KMS", null));
        int compared = 0;
        foreach (JsonElement exchange in Recorded(folder))
        {
            string target = exchange.GetProperty("request").GetProperty("target").GetString()!;
            if (!AdminPage().IsMatch(target) || !target.Contains("user.name=", StringComparison.Ordinal) || exchange.GetProperty("request").GetProperty("method").GetString() != "GET")
            {
                continue;
            }

            JsonElement recorded = exchange.GetProperty("response");
            (HttpContext http, _) = await AskAsync(pages, "GET", target);
            Assert.Equal(recorded.GetProperty("status").GetInt32(), http.Response.StatusCode);
            if (http.Response.StatusCode == 403)
            {
                Assert.Equal(recorded.GetProperty("reason").GetString(), http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase);
            }

            compared++;
        }

        Assert.True(compared >= 4, $"{compared} were compared");
    }

    [Fact]
    public async Task The_configuration_is_shown_without_a_secret()
    {
        HadoopConfiguration configuration = new(
            [[
                Property("hadoop.kms.key.provider.uri", "postgres://kms:s3cret-a@db:5432/kms?sslpassword=s3cret-b"),
                Property("hadoop.security.keystore.java-keystore-provider.password-file", "kms.keystore.password"),
                Property("ssl.server.keystore.password", "s3cret-c"),
                Property("ssl.server.keystore.keypassword", "s3cret-d"),
                Property("hadoop.http.authentication.signature.secret", "s3cret-e"),
                Property("hadoop.kms.ldap.bind.password", "s3cret-f"),
                Property("kmsps.pkcs11.pin", "s3cret-g"),
                Property("kmsps.store.key", "s3cret-h"),
                Property("some.uri", "pkcs11:token=t;object=o?module-path=/m.so&pin-value=s3cret-i"),
                Property("fs.s3a.access.key", "s3cret-j"),
                Property("hadoop.security.key.default.bitlength", "128"),
                Property("odd", "<a>&\u0001"),
            ]],
            VariableScope.None);
        AdminEndpoints pages = Pages(new AdminOptions(false, false, AccessList.Parse(" "), false, false, "KMS", null), configuration);
        foreach (string accept in new[] { "", "application/json" })
        {
            (_, string all) = await AskAsync(pages, "GET", "/conf?user.name=alice", accept);
            Assert.DoesNotContain("s3cret", all);
            Assert.Contains("kms.keystore.password", all);
            Assert.Contains("postgres://kms:", all);
            Assert.Contains("pin-value=", all);
        }

        (_, string xml) = await AskAsync(pages, "GET", "/conf?name=hadoop.security.key.default.bitlength&user.name=alice");
        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><configuration>\n<property><name>hadoop.security.key.default.bitlength</name><value>128</value><final>false</final><source>test</source></property>\n</configuration>",
            xml);
        (_, string json) = await AskAsync(pages, "GET", "/conf?name=hadoop.security.key.default.bitlength&user.name=alice", "application/json");
        Assert.Equal("""{"property":{"key":"hadoop.security.key.default.bitlength","value":"128","isFinal":false,"resource":"test"}}""", json);
        (HttpContext missing, string none) = await AskAsync(pages, "GET", "/conf?name=no%0Asuch&user.name=alice");
        Assert.Equal((404, "Property no?such not found", ""), (missing.Response.StatusCode, missing.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase, none));
    }

    [Fact]
    public async Task Metrics_are_prometheus_text_and_open_only_where_it_is_said()
    {
        _meter.Operation(KmsOperation.DecryptEek, OperationEnd.Ok, TimeSpan.FromMicroseconds(30), 1);
        _meter.Answer(200);
        AdminEndpoints closed = Pages(new AdminOptions(false, false, AccessList.Parse(" "), false, false, "KMS", null));
        (HttpContext http, string text) = await AskAsync(closed, "GET", "/metrics?user.name=alice");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", http.Response.ContentType);
        Assert.Contains("kms_server_operation_duration_seconds_bucket{operation=\"DecryptEek\",outcome=\"ok\",le=\"0.000025\"} 0\n", text);
        Assert.Contains("kms_server_operation_duration_seconds_bucket{operation=\"DecryptEek\",outcome=\"ok\",le=\"0.00005\"} 1\n", text);
        Assert.Contains("kms_server_operation_duration_seconds_count{operation=\"DecryptEek\",outcome=\"ok\"} 1\n", text);
        Assert.Contains("http_server_answers_total{status=\"2xx\"} 1\n", text);
        Assert.Contains("# TYPE hadoop_kms_decrypt_eek_calls_total counter\n", text);
        Assert.All(text.TrimEnd('\n').Split('\n'), static line => Assert.Matches(PrometheusLine(), line));
        Assert.False(await OpenAsync(closed, "/metrics"));
        Assert.True(await OpenAsync(Pages(new AdminOptions(true, true, AccessList.Parse(" "), false, true, "KMS", null)), "/metrics"));
        (http, _) = await AskAsync(closed, "GET", "/prom?user.name=alice");
        Assert.Equal(StatusCodes.Status418ImATeapot, http.Response.StatusCode);
    }

    [Fact]
    public async Task Log_levels_are_shown_and_set_and_names_are_escaped()
    {
        AdminEndpoints pages = Pages(new AdminOptions(false, false, AccessList.Parse(" "), false, false, "KMS", null));
        (_, string page) = await AskAsync(pages, "GET", "/logLevel?log=%3Cx%3E&user.name=alice");
        Assert.Contains("<!-- OUTPUT -->Submitted Class Name: <b>&lt;x&gt;</b><br />\n", page);
        Assert.Contains("<!-- OUTPUT -->Effective Level: <b>INFO</b><br />\n", page);
        (_, page) = await AskAsync(pages, "GET", "/logLevel?log=KmsPS.Server&level=DEBUG&user.name=alice");
        Assert.Contains("<!-- OUTPUT -->Setting Level to DEBUG ...<br />\n<!-- OUTPUT -->Effective Level: <b>DEBUG</b><br />\n", page);
        Assert.Equal(LogLevel.Debug, _levels.Of("KmsPS.Server.RestApi"));
        Assert.Equal(LogLevel.Information, _levels.Of("Other"));
        (_, page) = await AskAsync(pages, "GET", "/logLevel?log=KmsPS.Server&level=bad&user.name=alice");
        Assert.Contains("<!-- OUTPUT -->Bad Level : <b>bad</b><br />\n<!-- OUTPUT -->Effective Level: <b>DEBUG</b><br />\n", page);
    }

    [Fact]
    public async Task Every_bean_can_be_read_and_other_methods_are_refused()
    {
        AdminEndpoints pages = Pages(new AdminOptions(false, false, AccessList.Parse(" "), false, false, "MyKms", "s1"));
        (_, string all) = await AskAsync(pages, "GET", "/kms/jmx?user.name=alice");
        JsonElement[] beans = [.. JsonDocument.Parse(all).RootElement.GetProperty("beans").EnumerateArray()];
        Assert.Equal(9, beans.Count(static bean => bean.GetProperty("name").GetString()!.StartsWith("metrics:", StringComparison.Ordinal)));
        JsonElement jvm = beans.Single(static bean => bean.GetProperty("name").GetString() == "Hadoop:service=MyKms,name=JvmMetrics");
        Assert.Equal("s1", jvm.GetProperty("tag.SessionId").GetString());
        Assert.True(jvm.GetProperty("MemHeapUsedM").GetDouble() > 1);
        foreach (string method in new[] { "POST", "PUT", "DELETE", "TRACE", "PATCH" })
        {
            (HttpContext refused, _) = await AskAsync(pages, method, "/jmx?user.name=alice");
            Assert.Equal(405, refused.Response.StatusCode);
        }

        (HttpContext options, _) = await AskAsync(pages, "OPTIONS", "/jmx?user.name=alice");
        Assert.Equal((200, "GET, HEAD, OPTIONS"), (options.Response.StatusCode, options.Response.Headers.Allow.ToString()));
        (_, string stacks) = await AskAsync(pages, "GET", "/stacks?user.name=alice");
        Assert.Matches("^Process Thread Dump: \n[0-9]+ active threads\nThread [0-9]+:\n  State: [A-Z]+\n", stacks);
    }

    private static HadoopProperty Property(string name, string value) => new(name, value, false, "test", 0, 0);

    private static IEnumerable<JsonElement> Recorded(string folder) =>
        File.ReadLines(Vectors.Path("recorded", "jmx", folder, "exchanges.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).Where(static each => each.TryGetProperty("response", out _));

    private static string? Header(JsonElement response, string name) =>
        response.GetProperty("headers").EnumerateArray().Where(header => header[0].GetString() == name).Select(static header => header[1].GetString()).FirstOrDefault();

    // Numbers are a running server's, and beans stand in no order.
    private static string Shape(string body)
    {
        if (!body.Contains("\"beans\" : [ {", StringComparison.Ordinal))
        {
            return body;
        }

        string[] beans = [.. body["{\n  \"beans\" : [ {".Length..^" ]\n}".Length].Split("}, {").Select(static bean => NumberValue().Replace(bean.TrimEnd('}', ' ', '\n'), " : #")).Order(StringComparer.Ordinal)];
        return string.Join("\n--\n", beans);
    }

    private static async Task<bool> OpenAsync(AdminEndpoints pages, string raw)
    {
        Assert.True(RestTarget.TryParse(raw, out RestTarget target));
        DefaultHttpContext http = new();
        http.Request.Method = "GET";
        return await pages.TryHandleOpenAsync(http, target);
    }

    private static async Task<(HttpContext Http, string Body)> AskAsync(AdminEndpoints pages, string method, string raw, string accept = "")
    {
        Assert.True(RestTarget.TryParse(raw, out RestTarget target));
        string user = target.Parameter("user.name")!;
        DefaultHttpContext http = new();
        using MemoryStream body = new();
        http.Response.Body = body;
        http.Request.Method = method;
        http.Request.Headers.Accept = accept;
        await pages.HandleAsync(http, target, new Call(new Caller(user, user, AuthenticationMethod.Simple, NameSet.Empty), new CallOrigin("127.0.0.1", method, "http")), CancellationToken.None);
        await http.Response.BodyWriter.FlushAsync();
        return (http, Encoding.UTF8.GetString(body.ToArray()));
    }

    private AdminEndpoints Pages(AdminOptions options, HadoopConfiguration? configuration = null) => new(
        new Behind(), _meter, options, configuration ?? new HadoopConfiguration([[Property("hadoop.security.key.default.bitlength", "128")]], VariableScope.None), _levels, _time, static (http, status, reason) =>
        {
            http.Response.StatusCode = status;
            http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
            return ValueTask.CompletedTask;
        });

    [GeneratedRegex(@"^(/kms)?/jmx\?.*(qry=(metrics|nosuch|bad|a:b|%22)|get=(metrics|bad|a:b|nosuch|&))")]
    private static partial Regex JmxQuery();

    [GeneratedRegex("^/(jmx|conf|stacks|logLevel)")]
    private static partial Regex AdminPage();

    [GeneratedRegex(@" : -?[0-9][0-9.E-]*")]
    private static partial Regex NumberValue();

    [GeneratedRegex(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""(,[a-z]+=""[^""]*"")*\})? [0-9.eE+-]+)$")]
    private static partial Regex PrometheusLine();

    /// <summary>The REST interface's place.</summary>
    private sealed class Behind : IRestHandler
    {
        public ValueTask HandleAsync(HttpContext context, RestTarget target, Call call, CancellationToken aborted)
        {
            context.Response.StatusCode = StatusCodes.Status418ImATeapot;
            return ValueTask.CompletedTask;
        }

        public ValueTask<bool> TryHandleOpenAsync(HttpContext context, RestTarget target) => new(false);
    }
}
