using System.Security.Cryptography;
using System.Text;

namespace KmsPS.Cmdlets.Supervision;

/// <summary>A server to be started.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ConfigPath">A directory of Hadoop's files, or <see langword="null"/>.</param>
/// <param name="DataPath">Where its data lies, or <see langword="null"/> for the default.</param>
/// <param name="Listen">Where to listen; none for the default.</param>
/// <param name="Roles">What it serves; none for the default.</param>
internal sealed record ServerRequest(string Name, string? ConfigPath, string? DataPath, string[] Listen, string[] Roles)
{
    /// <summary>The command line, without any secret: every process of the machine may read it.</summary>
    internal IEnumerable<string> Arguments(bool detached)
    {
        List<string> arguments = ["--name", Name, "--state-dir", ServerStates.Folder];
        Add(arguments, "--config-dir", ConfigPath is null ? [] : [ConfigPath]);
        Add(arguments, "--data-dir", DataPath is null ? [] : [DataPath]);
        Add(arguments, "--listen", Listen);
        Add(arguments, "--role", Roles);
        if (detached)
        {
            arguments.Add("--detached");
        }

        return arguments;
    }

    /// <summary>
    /// What was asked for, as a hash of the command line and of the files in the configuration directory: the same request again finds
    /// its server, a changed one does not pass for it.
    /// </summary>
    internal string Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', Arguments(detached: false))));
        string[] files = ConfigPath is not null && Directory.Exists(ConfigPath) ? Directory.GetFiles(ConfigPath, "*.xml") : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes('\n' + Path.GetFileName(file) + '\n'));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Where the fingerprint of the running server's request is kept.</summary>
    internal string FingerprintPath => Path.Combine(ServerStates.Folder, Name + ".request");

    private static void Add(List<string> arguments, string option, string[] values)
    {
        foreach (string value in values)
        {
            arguments.Add(option);
            arguments.Add(value);
        }
    }
}
