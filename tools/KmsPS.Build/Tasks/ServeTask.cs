using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace KmsPS.Build.Tasks;

/// <summary>
/// The main job: an HTTPS key server on an embedded store, and on the screen the lines to try next. What follows the task's name goes
/// to <c>kms-server</c>.
/// </summary>
internal sealed class ServeTask(Repository repository)
{
    private const string Terminate = "-TERM";

    public int Run(string[] arguments)
    {
        new PackageTask(repository).Run();
        string data = ValueOf(arguments, "--data-dir") ?? DefaultDataDirectory();
        // The server goes by the same variable.
        string usual = Environment.GetEnvironmentVariable("KMSPS_STATE_DIR") is { Length: > 0 } named ? named : Path.Combine(data, "run");
        string state = Path.Combine(ValueOf(arguments, "--state-dir") ?? usual, (ValueOf(arguments, "--name") ?? "default") + ".json");
        ProcessStartInfo start = new("dotnet", [Path.Combine(repository.Server, "kms-server.dll"), .. arguments]) { RedirectStandardOutput = true };
        if (ValueOf(arguments, "--data-dir") is null)
        {
            start.ArgumentList.Add("--data-dir");
            start.ArgumentList.Add(data);
        }

        using Process server = Process.Start(start)!;

        // Ctrl+C reaches the server by itself, as the terminal sends it to both; this program only stays until it has drained.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            Shell.Run(repository.Root, "kill", [Terminate, $"{server.Id}"]);
        });
        while (server.StandardOutput.ReadLine() is { } line)
        {
            Console.WriteLine(line);
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                Console.WriteLine(NextLines(state, data));
            }
        }

        server.WaitForExit();
        return server.ExitCode;
    }

    private string NextLines(string state, string data)
    {
        using JsonDocument said = JsonDocument.Parse(File.ReadAllText(state));
        Uri url = new(said.RootElement.GetProperty("urls")[0].GetString()!);
        string root = url.GetLeftPart(UriPartial.Authority);
        bool tls = url.Scheme == Uri.UriSchemeHttps;
        string trust = tls ? $" --cacert '{Path.Combine(data, "tls", "server.pem")}'" : "";
        string pin = tls ? $" -Thumbprint {said.RootElement.GetProperty("thumbprint").GetString()}" : "";
        return $$"""

            Try it, in another terminal. With curl:

              kms() { curl -sS{{trust}} -H 'Content-Type: application/json' "$@"; echo; }
              U={{root}}/kms/v1 ME=user.name={{Environment.UserName}}
              kms -X POST "$U/keys?$ME" -d '{"name":"demo","cipher":"AES/CTR/NoPadding","length":256}'      # create
              kms -X POST "$U/key/demo?$ME" -d '{}'                                                         # roll
              EEK=$(kms "$U/key/demo/_eek?eek_op=generate&num_keys=1&$ME" | tr -d ' \n'); echo "$EEK"        # generate
              part() { echo "$EEK" | grep -o "$1"; }
              V=$(part 'demo@[0-9]*'); BODY="{\"name\":\"demo\",$(part '"iv":"[^"]*"'),$(part '"material":"[^"]*"')}"
              kms -X POST "$U/keyversion/$V/_eek?eek_op=decrypt&$ME" -d "$BODY"                             # decrypt
              kms -X POST "$U/key/demo?$ME" -d '{}'                                                         # roll again, and
              kms -X POST "$U/keyversion/$V/_eek?eek_op=reencrypt&$ME" -d "$BODY"                           # re-encrypt
              kms "$U/keys/names?$ME"                                                                       # list
              kms -X DELETE "$U/key/demo?$ME"                                                               # delete
              kms -X POST "$U/trustee/key/demo?trusteeOp=undelete&$ME"                                      # restore

            With PowerShell 7.6:

              Import-Module '{{repository.ModuleManifest}}'
              Connect-KmsProvider 'kms://{{url.Scheme}}@{{url.Authority}}/kms'{{pin}}
              New-KmsKey demo2
              Get-KmsKey | Invoke-KmsRollover
              $eek = New-KmsEncryptedKey demo2
              $eek | Unprotect-KmsEncryptedKey
              Invoke-KmsRollover demo2
              $eek | Update-KmsEncryptedKey
              Get-KmsKey
              Remove-KmsKey demo2 -Confirm:$false
              Restore-KmsKey demo2

            Keys, certificate and logs are in {{data}}. Ctrl+C stops the server.
            """;
    }

    private static string? ValueOf(string[] arguments, string option)
    {
        int at = Array.LastIndexOf(arguments, option);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : arguments.LastOrDefault(each => each.StartsWith(option + "=", StringComparison.Ordinal))?[(option.Length + 1)..];
    }

    private static string DefaultDataDirectory() => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg ? xdg : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "kmsps",
        "default");
}
