namespace KmsPS.Cmdlets.Shell;

/// <summary>A connection to be made.</summary>
/// <param name="Name">What it shall be called.</param>
/// <param name="Uri">A provider URI.</param>
/// <param name="User">Who asks, where the way there lets one choose; the account of this process otherwise.</param>
/// <param name="Thumbprint">SHA-256 of the server's certificate, for a server whose certificate nobody signed.</param>
/// <param name="ConfigPath">A directory of Hadoop's files with the access lists of an embedded store.</param>
/// <param name="UseKerberos">Whether the caller proves who it is by a Kerberos ticket.</param>
/// <param name="Keytab">The key table that its tickets are made with; the tickets at hand otherwise.</param>
internal sealed record ConnectRequest(string Name, string Uri, string? User = null, string? Thumbprint = null, string? ConfigPath = null, bool UseKerberos = false, string? Keytab = null);
