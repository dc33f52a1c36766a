namespace KmsPS.Engine.Configuration;

/// <summary>Listener and limits.</summary>
public sealed record HttpSettings
{
    /// <summary><c>hadoop.kms.http.host</c>; <see langword="null"/> where it is not set.</summary>
    public string? Host { get; init; }

    /// <summary><c>hadoop.kms.http.port</c>; 0 for a free one, <see langword="null"/> where it is not set.</summary>
    public int? Port { get; init; }

    /// <summary><c>hadoop.kms.ssl.enabled</c>; <see langword="null"/> where it is not set.</summary>
    public bool? UseTls { get; init; }

    /// <summary><c>hadoop.http.max.threads</c>: requests in work at once. Default 1000.</summary>
    public int MaxThreads { get; init; } = 1000;

    /// <summary><c>hadoop.http.max.request.header.size</c>, bytes. Default 64 KiB.</summary>
    public int MaxRequestHeaderBytes { get; init; } = 65536;

    /// <summary><c>hadoop.http.max.response.header.size</c>, bytes. Default 64 KiB.</summary>
    public int MaxResponseHeaderBytes { get; init; } = 65536;

    /// <summary><c>hadoop.http.idle_timeout.ms</c>. Default 60 s; a stock KMS's 1 s makes clients shake hands again and again.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>hadoop.http.socket.backlog.size</c>. Default 4096.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary><c>hadoop.kms.http.administrators</c>, an access list; <see langword="null"/> for nobody.</summary>
    public string? Administrators { get; init; }

    /// <summary><c>hadoop.security.authorization</c>: whether admin pages ask for administrators.</summary>
    public bool Authorization { get; init; }

    /// <summary><c>hadoop.security.instrumentation.requires.admin</c>.</summary>
    public bool InstrumentationRequiresAdmin { get; init; }

    /// <summary><c>hadoop.prometheus.endpoint.enabled</c>.</summary>
    public bool Prometheus { get; init; }

    /// <summary><c>hadoop.kms.metrics.process.name</c>. Default <c>KMS</c>.</summary>
    public string MetricsProcessName { get; init; } = "KMS";

    /// <summary><c>hadoop.kms.metrics.session.id</c>.</summary>
    public string? MetricsSessionId { get; init; }

    /// <summary>Largest request body: <c>kmsps.http.max.body.bytes</c>. Default 1 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Largest body of a batch re-encryption: <c>kmsps.http.max.batch.body.bytes</c>. Default 8 MiB.</summary>
    public int MaxBatchBodyBytes { get; init; } = 8 << 20;

    /// <summary>Response headers that <c>hadoop.http.header.NAME</c> adds.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
