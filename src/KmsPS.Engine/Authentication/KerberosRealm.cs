namespace KmsPS.Engine.Authentication;

/// <summary>The default realm of this machine, which the rule <c>DEFAULT</c> compares with. SOURCE: krb5.conf(5).</summary>
internal static class KerberosRealm
{
    /// <summary><c>default_realm</c> of the files in <c>KRB5_CONFIG</c>, or of <c>/etc/krb5.conf</c>; <see langword="null"/> where none sets it.</summary>
    internal static string? Default()
    {
        string files = Environment.GetEnvironmentVariable("KRB5_CONFIG") is { Length: > 0 } set ? set : "/etc/krb5.conf";
        return files.Split(Path.PathSeparator).Where(File.Exists).Select(Read).FirstOrDefault(static realm => realm is not null);
    }

    private static string? Read(string path)
    {
        try
        {
            bool isDefaults = false;
            foreach (string line in File.ReadLines(path).Select(static each => each.Trim()))
            {
                isDefaults = line.StartsWith('[') ? line.StartsWith("[libdefaults]", StringComparison.Ordinal) : isDefaults;
                int equals = line.IndexOf('=', StringComparison.Ordinal);
                if (isDefaults && equals > 0 && line[..equals].TrimEnd() == "default_realm")
                {
                    return line[(equals + 1)..].Trim();
                }
            }

            return null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Whoever may not read it has no realm; the rules that need one then say so by name.
            return null;
        }
    }
}
