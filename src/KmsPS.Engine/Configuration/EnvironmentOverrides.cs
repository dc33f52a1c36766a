namespace KmsPS.Engine.Configuration;

/// <summary>Environment variables that beat the files: Hadoop's <c>KMS_*</c>, and <c>KMSPS_A_B</c> for our <c>kmsps.a.b</c>.</summary>
/// <remarks>SOURCE: Hadoop KMSWebServer.deprecateEnv.</remarks>
internal static class EnvironmentOverrides
{
    private static readonly (string Variable, string Property)[] Main =
    [
        ("KMS_HTTP_PORT", "hadoop.kms.http.port"),
        ("KMS_MAX_THREADS", "hadoop.http.max.threads"),
        ("KMS_MAX_HTTP_HEADER_SIZE", "hadoop.http.max.request.header.size"),
        ("KMS_MAX_HTTP_HEADER_SIZE", "hadoop.http.max.response.header.size"),
        ("KMS_TEMP", "hadoop.http.temp.dir"),
        ("KMS_SSL_ENABLED", "hadoop.kms.ssl.enabled"),
        ("KMS_SSL_KEYSTORE_FILE", "ssl.server.keystore.location"),
        ("KMS_SSL_KEYSTORE_PASS", "ssl.server.keystore.password"),
        ("KMS_SSL_TRUSTSTORE_FILE", "ssl.server.truststore.location"),
        ("KMS_SSL_TRUSTSTORE_PASS", "ssl.server.truststore.password"),
    ];

    private static readonly string[] Ours =
    [
        "kmsps.key.deleted.name.reuse", "kmsps.key.name.pattern", "kmsps.acl.empty.value", "kmsps.acl.mode", "kmsps.acl.filter.keys",
        "kmsps.allow.simple.authentication", "kmsps.allow.core.dumps", "kmsps.allow.open.acls", "kmsps.allow.writable.secrets", "kmsps.allow.unwritable.audit", "kmsps.require.private.secrets",
        "kmsps.http.hsts.seconds", "kmsps.eek.max.count", "kmsps.http.max.body.bytes", "kmsps.http.max.batch.body.bytes",
        "kmsps.http.max.connections", "kmsps.http.max.connections.per.address", "kmsps.http.header.timeout.ms", "kmsps.rate.limit.per.second", "kmsps.rate.limit.burst",
        "kmsps.signin.failures.per.minute", "kmsps.signin.failures.burst", "kmsps.signin.failures.exempt",
        "kmsps.tls.client.auth", "kmsps.tls.client.truststore", "kmsps.tls.client.crl",
    ];

    internal static IReadOnlyList<HadoopProperty> Of(VariableScope scope, List<string> warnings)
    {
        List<HadoopProperty> found = [.. Read(scope, Main)];
        warnings.AddRange(found.DistinctBy(static each => each.File).Select(static each => $"The {each.File} is deprecated; set {each.Name} in {(each.Name.StartsWith("ssl.", StringComparison.Ordinal) ? "ssl-server.xml" : "kms-site.xml")} instead."));
        found.AddRange(Read(scope, Ours.Select(static name => (name.ToUpperInvariant().Replace('.', '_'), name))));
        return found;
    }

    internal static IReadOnlyList<HadoopProperty> OfTls(VariableScope scope) => [.. Read(scope, Main.Where(static each => each.Property.StartsWith("ssl.", StringComparison.Ordinal)))];

    private static IEnumerable<HadoopProperty> Read(VariableScope scope, IEnumerable<(string Variable, string Property)> pairs) =>
        from pair in pairs
        let value = scope.Environment(pair.Variable)
        where !string.IsNullOrEmpty(value)
        select new HadoopProperty(pair.Property, value, IsFinal: true, $"environment variable {pair.Variable}", 0, 0);
}
