using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;

namespace KmsPS.Server.Admin;

/// <summary>Who may see the administrative pages, and which there are.</summary>
/// <param name="Authorization"><c>hadoop.security.authorization</c>: whether administrators are told from others at all.</param>
/// <param name="RequiresAdmin"><c>hadoop.security.instrumentation.requires.admin</c>: whether pages that only show need an administrator too.</param>
/// <param name="Administrators"><c>hadoop.kms.http.administrators</c>.</param>
/// <param name="Prometheus"><c>hadoop.prometheus.endpoint.enabled</c>: whether there is <c>/prom</c>. <c>/metrics</c>, which is ours, there is always.</param>
/// <param name="OpenMetrics"><c>kmsps.metrics.open</c>: whether <c>/metrics</c> is shown to everybody, without sign-in.</param>
/// <param name="ProcessName"><c>hadoop.kms.metrics.process.name</c>.</param>
/// <param name="SessionId"><c>hadoop.kms.metrics.session.id</c>.</param>
internal sealed record AdminOptions(
    bool Authorization, bool RequiresAdmin, AccessList Administrators, bool Prometheus, bool OpenMetrics, string ProcessName, string? SessionId)
{
    /// <summary>Why a page was refused. SOURCE: Hadoop HttpServer2, whose text says so to signed-in users, too.</summary>
    public const string Refusal = "Unauthenticated users are not authorized to access this page.";

    /// <summary>Reads them from the server's configuration.</summary>
    public static AdminOptions From(HadoopConfiguration configuration) => new(
        configuration.GetBool("hadoop.security.authorization", false),
        configuration.GetBool("hadoop.security.instrumentation.requires.admin", false),
        AccessList.Parse(configuration.Get("hadoop.kms.http.administrators") ?? " "),
        configuration.GetBool("hadoop.prometheus.endpoint.enabled", false),
        configuration.GetBool("kmsps.metrics.open", false),
        configuration.GetText("hadoop.kms.metrics.process.name", "KMS"),
        configuration.Optional("hadoop.kms.metrics.session.id"));
}
