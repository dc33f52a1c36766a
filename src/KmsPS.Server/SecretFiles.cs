using KmsPS.Engine.Configuration;

namespace KmsPS.Server;

/// <summary>The files with secrets that the configuration names, and who else may touch them.</summary>
internal static class SecretFiles
{
    private const string PasswordFile = "hadoop.security.keystore.java-keystore-provider.password-file";
    private const string BindPasswordFile = "hadoop.security.group.mapping.ldap.bind.password.file";

    /// <summary>Those that exist, with the property that names each.</summary>
    public static IEnumerable<(string Property, string Path)> Of(KmsSettings settings)
    {
        AuthenticationSettings sign = settings.Authentication;
        (string Property, string? Path)[] named =
        [
            ("hadoop.kms.authentication.signature.secret.file", sign.Signer == SignerKind.File ? sign.SecretFile : null),
            ("hadoop.kms.authentication.kerberos.keytab", sign.Kind == AuthenticationKind.Kerberos ? sign.Keytab : null),
            (PasswordFile, settings.Source.Optional(PasswordFile)),
            (BindPasswordFile, settings.Source.Optional(BindPasswordFile)),
        ];
        return from each in named
               where each.Path is { Length: > 0 }
               let path = Path.Combine(settings.Directory ?? "", each.Path!)
               where File.Exists(path)
               select (each.Property, path);
    }
}
