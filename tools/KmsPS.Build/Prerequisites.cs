namespace KmsPS.Build;

/// <summary>
/// Real servers that integration tests run against: a KDC, an LDAP server, PostgreSQL. They are installed where that can be done
/// (Debian, as root) and never started as services; a test whose server is missing skips itself by name.
/// </summary>
internal static class Prerequisites
{
    private static readonly string[] Packages =
        ["krb5-kdc", "krb5-admin-server", "krb5-user", "slapd", "ldap-utils", "postgresql", "strace"];

    private const string ServicePolicy = "/usr/sbin/policy-rc.d";

    public static void Install(Repository repository)
    {
        string? cannot = WhyNot();
        string[] missing = cannot is null ? Missing(repository) : [];
        if (cannot is not null)
        {
            Console.WriteLine($"test: nothing is installed here ({cannot}); tests whose server is missing skip themselves.");
        }

        if (missing.Length == 0)
        {
            return;
        }

        Console.WriteLine($"test: installing {string.Join(", ", missing)}");
        bool policy = ForbidServices();
        try
        {
            // One by one: a package that a mirror lacks must not take the others with it.
            bool refreshed = false;
            foreach (string package in missing)
            {
                if (Apt(repository, "install", package) || (Refresh(repository, ref refreshed) && Apt(repository, "install", package)))
                {
                    continue;
                }

                Console.WriteLine($"test: {package} could not be installed; tests that need it skip themselves.");
            }
        }
        finally
        {
            if (policy)
            {
                File.Delete(ServicePolicy);
            }
        }
    }

    private static string? WhyNot() =>
        Environment.GetEnvironmentVariable("KMSPS_TEST_INSTALL") == "0" ? "KMSPS_TEST_INSTALL is 0"
        : !OperatingSystem.IsLinux() || !File.Exists("/usr/bin/apt-get") ? "no apt-get"
        : !Environment.IsPrivilegedProcess ? "not root"
        : null;

    private static string[] Missing(Repository repository) =>
        [.. Packages.Where(package => !Shell.Capture(repository.Root, "dpkg-query", ["-W", "-f=${db:Status-Status}", package])
            .Output.Trim().Equals("installed", StringComparison.Ordinal))];

    private static bool Refresh(Repository repository, ref bool done)
    {
        bool first = !done;
        done = true;
        return first && Apt(repository, "update", null);
    }

    private static bool Apt(Repository repository, string verb, string? package)
    {
        string[] options = ["-qq", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=1", "--no-install-recommends", verb];
        return Shell.Capture(
            repository.Root,
            "apt-get",
            package is null ? options : [.. options, package],
            TimeSpan.FromMinutes(5),
            new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" }).Succeeded;
    }

    // SOURCE: invoke-rc.d(8): a policy script that answers 101 forbids every start.
    private static bool ForbidServices()
    {
        if (File.Exists(ServicePolicy))
        {
            return false;
        }

        File.WriteAllText(ServicePolicy, "#!/bin/sh\nexit 101\n");
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(ServicePolicy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        return true;
    }
}
