namespace KmsPS.Tests.Architecture;

/// <summary>One room of the engine: a folder, a namespace, and the rooms it may know.</summary>
/// <param name="Name">The first word after <c>KmsPS.Engine.</c>; <see cref="Rooms.Root"/> for the types above all rooms.</param>
/// <param name="MayUse">Other rooms. <c>Wire:Remote</c> allows Wire to the sub-folder Remote alone.</param>
internal sealed record Room(string Name, params string[] MayUse);

/// <summary>
/// Who may know whom. A room may use only rooms that stand above it here, so the table has no circle by its shape. To add a room,
/// put a row below every room it uses, here and in <c>docs/02-architecture.md</c>; <see cref="DocumentTests"/> compares the two.
/// </summary>
internal static class Rooms
{
    public const string Root = "(root)";
    public const string Namespace = "KmsPS.Engine";

    public static IReadOnlyList<Room> Table { get; } =
    [
        new("Secrets"),
        new("Errors"),
        new("Keys", "Secrets", "Errors"),
        new("Telemetry", "Keys"),
        new("State", "Errors", "Secrets"),
        new("Crypto", "Keys", "Secrets", "Errors"),
        new("JavaKeyStores", "Secrets", "Errors", "Keys", "Crypto"),
        new("Configuration", "Secrets", "Errors", "Keys"),
        new("Certificates", "JavaKeyStores", "Configuration", "Secrets", "Errors", "Keys", "Crypto", "Telemetry"),
        new("Identity", "Configuration", "Errors", "Keys", "Secrets", "Telemetry"),
        new("Acl", "Identity", "Keys", "Configuration", "Errors", "Telemetry"),
        new("Authentication", "Identity", "Configuration", "Secrets", "Errors", "Keys", "State", "Crypto", "Telemetry"),
        new("Wire", "Keys", "Secrets", "Errors"),
        new("Providers", "Wire:Remote", "JavaKeyStores:Jceks", "Crypto", "Keys", "Configuration", "Secrets", "Errors", "State", "Telemetry"),
        new("Audit", "Identity", "Keys", "Errors", "Configuration", "Telemetry"),
        new("Operations", "Providers", "Crypto", "Acl", "Audit", "Telemetry", "Identity", "Keys", "Secrets", "Errors", "Wire"),
        new(
            Root,
            "Operations", "Audit", "Providers", "Wire", "Authentication", "Acl", "Identity", "Certificates", "Configuration", "JavaKeyStores", "Crypto", "State", "Telemetry", "Keys", "Errors", "Secrets"),
        new("Scheduling", Root, "Operations", "State", "Acl", "Identity", "Keys", "Errors", "Telemetry"),
        new("Sessions", Root, "Operations", "Providers", "Wire", "Acl", "Audit", "Identity", "Configuration", "Telemetry", "Keys", "Errors", "Secrets"),
        new("Moving", "Sessions", "Operations", "Providers", "Crypto", "Keys", "Errors", "Secrets"),
    ];

    /// <summary>The room a namespace lies in; <see langword="null"/> outside the engine.</summary>
    public static string? Of(string @namespace) =>
        @namespace == Namespace ? Root
        : @namespace.StartsWith(Namespace + ".", StringComparison.Ordinal) ? @namespace[(Namespace.Length + 1)..].Split('.')[0]
        : null;

    /// <summary>Whether code in <paramref name="fromNamespace"/> may use <paramref name="to"/>.</summary>
    public static bool Allows(string fromNamespace, string to)
    {
        string? from = Of(fromNamespace);
        Room? room = Table.FirstOrDefault(each => each.Name == from);
        return from == to || (room is not null && room.MayUse.Any(use =>
        {
            string[] parts = use.Split(':');
            return parts[0] == to && (parts.Length == 1 || fromNamespace.StartsWith($"{Namespace}.{from}.{parts[1]}", StringComparison.Ordinal));
        }));
    }
}
