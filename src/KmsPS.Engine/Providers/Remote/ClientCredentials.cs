using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>Chooses a credential by the properties that say how.</summary>
public static class ClientCredentials
{
    /// <summary>
    /// <c>kmsps.client.authentication</c> (<c>simple</c>, <c>kerberos</c>, <c>token</c>), else <c>hadoop.security.authentication</c>. Simple takes
    /// <c>kmsps.client.user</c>, <c>HADOOP_USER_NAME</c> or the process's user; a token is read from <c>kmsps.client.token.file</c>.
    /// </summary>
    public static IClientCredential From(ProviderContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string kind = context.Property("kmsps.client.authentication") ?? context.Property("hadoop.security.authentication") ?? "simple";
        return kind.Trim().ToLowerInvariant() switch
        {
            "simple" or "" => new SimpleCredential(context.Property("kmsps.client.user") ?? context.Environment("HADOOP_USER_NAME") ?? Environment.UserName),
            "kerberos" or "negotiate" => new NegotiateCredential(),
            "token" => new TokenCredential(ReadToken(context)),
            _ => throw new ConfigurationException($"'{kind}' is no way to sign in to a KMS", remedy: "Set kmsps.client.authentication to simple, kerberos or token."),
        };
    }

    private static string ReadToken(ProviderContext context)
    {
        string file = context.Property("kmsps.client.token.file")
            ?? throw new ConfigurationException("kmsps.client.token.file is not set", remedy: "Name the file that holds the delegation token's text.");
        string path = Path.Combine(context.ConfigurationDirectory ?? "", file);
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("The delegation token cannot be read", path, remedy: "Write the token's text there, readable by this user alone.", inner: failure);
        }
    }
}
