using KmsPS.Engine.Errors;

namespace KmsPS.Server;

/// <summary>Reads the command line. Every option takes its value as the next word or after <c>=</c>.</summary>
internal static class CommandLine
{
    /// <summary>The help text.</summary>
    public const string Usage = """
        kms-server [--config-dir DIR] [--data-dir DIR] [--listen URL]... [--name NAME] [--role kms|keytrustee]...
                   [--state-dir DIR] [--detached]

          --config-dir DIR   core-site.xml, kms-site.xml, kms-acls.xml, ssl-server.xml; all optional. Default ./conf if it exists
          --data-dir DIR     embedded store, certificate and logs. Default $XDG_DATA_HOME/kmsps/NAME
          --listen URL       https://HOST:PORT or http://HOST:PORT; port 0 takes a free one. Default https://127.0.0.1:9600
          --name NAME        names this instance. Default default
          --role ROLE        kms (default); keytrustee is not served by this version
          --state-dir DIR    where NAME.json is written while the server runs. Default DATA_DIR/run
          --detached         ignore interrupts and hang-ups, and log to the file alone
          --version, --help

        """;

    private static readonly string[] Known = ["--config-dir", "--data-dir", "--listen", "--name", "--role", "--state-dir"];

    /// <summary>Whether only <paramref name="word"/> was asked for, such as <c>--help</c>.</summary>
    public static bool AsksFor(string[] arguments, params ReadOnlySpan<string> word)
    {
        foreach (string argument in arguments)
        {
            if (word.Contains(argument))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ConfigurationException">An option is unknown, has no value or a bad one.</exception>
    public static ServerOptions Parse(string[] arguments, Func<string, string?> environment)
    {
        List<(string Option, string Value)> given = [];
        bool isDetached = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--detached")
            {
                isDetached = true;
                continue;
            }

            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string option = equals < 0 ? argument : argument[..equals];
            if (!Known.Contains(option, StringComparer.Ordinal))
            {
                throw new ConfigurationException($"Unknown option '{Engine.Keys.Printable.Text(argument)}'", remedy: "kms-server --help names the options.");
            }

            string? value = equals >= 0 ? argument[(equals + 1)..] : i + 1 < arguments.Length ? arguments[++i] : null;
            given.Add((option, !string.IsNullOrEmpty(value) ? value : throw new ConfigurationException($"Option {option} has no value", remedy: "kms-server --help names the options.")));
        }

        return Complete(given, isDetached, environment);
    }

    private static ServerOptions Complete(List<(string Option, string Value)> given, bool isDetached, Func<string, string?> environment)
    {
        string name = Last(given, "--name") ?? "default";
        if (!IsName(name))
        {
            throw new ConfigurationException($"'{Engine.Keys.Printable.Text(name)}' is no server name", remedy: "Use 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.");
        }

        string? config = Last(given, "--config-dir") ?? environment("KMS_CONFIG") ?? (Directory.Exists("conf") ? "conf" : null);
        if (config is not null && !Directory.Exists(config))
        {
            throw new ConfigurationException("the configuration folder does not exist", config, remedy: "Create it, or name another with --config-dir.");
        }

        string data = Path.GetFullPath(Last(given, "--data-dir") ?? environment("KMSPS_DATA_DIR") ?? Path.Combine(DefaultDataRoot(environment), name));
        string state = Path.GetFullPath(Last(given, "--state-dir") ?? environment("KMSPS_STATE_DIR") ?? Path.Combine(data, "run"));
        HashSet<ServerRole> roles = [.. All(given, "--role").Select(Role)];
        return new ServerOptions(
            name,
            config is null ? null : Path.GetFullPath(config),
            data,
            state,
            [.. All(given, "--listen").Select(ListenUrl.Parse)],
            roles.Count == 0 ? new HashSet<ServerRole> { ServerRole.Kms } : roles,
            isDetached);
    }

    private static IEnumerable<string> All(List<(string Option, string Value)> given, string option) => given.Where(each => each.Option == option).Select(static each => each.Value);

    private static string? Last(List<(string Option, string Value)> given, string option) => All(given, option).LastOrDefault();

    // The name becomes a file name: nothing that could leave its folder.
    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static ServerRole Role(string text) => text switch
    {
        "kms" => ServerRole.Kms,
        "keytrustee" => ServerRole.KeyTrustee,
        _ => throw new ConfigurationException($"'{Engine.Keys.Printable.Text(text)}' is no role", remedy: "Use --role kms or --role keytrustee."),
    };

    private static string DefaultDataRoot(Func<string, string?> environment)
    {
        // SOURCE: XDG base directory specification; elsewhere the platform's folder for an account's data.
        string? root = environment("XDG_DATA_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg) ? xdg : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return string.IsNullOrEmpty(root)
            ? throw new ConfigurationException("This account has no home folder for its data", remedy: "Name one with --data-dir.")
            : Path.Combine(root, "kmsps");
    }
}
