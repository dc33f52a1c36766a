namespace KmsPS.Server.Admin;

/// <summary>A bean as <c>/jmx</c> shows it.</summary>
/// <param name="Name">Its object name, keys in their canonical order: <c>Hadoop:service=KMS,name=JvmMetrics</c>.</param>
/// <param name="ModelerType">What scripts take for its class.</param>
/// <param name="Read">Its attributes in the order they are shown; texts, numbers, booleans or nothing.</param>
internal sealed record JmxBean(string Name, string ModelerType, Func<IReadOnlyList<KeyValuePair<string, object?>>> Read);
