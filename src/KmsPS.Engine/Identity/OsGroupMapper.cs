using System.Runtime.InteropServices;
using System.Text;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>Groups of the operating system, through the C library: whatever nsswitch names (files, sssd, winbind) is asked.</summary>
public sealed partial class OsGroupMapper : IGroupMapper
{
    private const int Ok = 0;
    private const int NotFound = 2; // ENOENT; some libraries answer it, and ESRCH, for an unknown name.
    private const int NoSuchProcess = 3;
    private const int BufferTooSmall = 34; // ERANGE, the same on Linux and macOS.
    private const int MaxBuffer = 1 << 20;

    /// <inheritdoc/>
    /// <exception cref="PlatformNotSupportedException">On Windows, which has no getgrouplist.</exception>
    public ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException(
                "Groups of the operating system are not available on Windows. Set hadoop.security.group.mapping to org.apache.hadoop.security.LdapGroupsMapping, or list groups in hadoop.user.group.static.mapping.overrides.");
        }

        // No account has such a name, and the C library would see another one.
        if (shortName.Length == 0 || shortName.Contains('\0', StringComparison.Ordinal))
        {
            return new(NameSet.Empty);
        }

        // The library may wait for a directory server: not on the caller's thread.
        return new(Task.Run(() => Find(shortName), cancellationToken));
    }

    private static unsafe NameSet Find(string user)
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(user), 0];
        uint? primary = null;
        for (int size = 1024; ; size *= 4)
        {
            byte[] buffer = new byte[size];
            Account account;
            nint found;
            int status;
            fixed (byte* text = buffer)
            {
                status = GetPasswordEntry(name, &account, text, (nuint)size, &found);
            }

            if (status == BufferTooSmall && size < MaxBuffer)
            {
                continue;
            }

            if (status is not (Ok or NotFound or NoSuchProcess))
            {
                throw Unknown(user, status);
            }

            primary = found == 0 ? null : account.Group;
            break;
        }

        return primary is { } group ? NameSet.Of(Ids(name, group).Select(GroupName).OfType<string>()) : NameSet.Empty;
    }

    private static uint[] Ids(byte[] name, uint primary)
    {
        int count = 64;
        while (true)
        {
            uint[] ids = new uint[count];
            int room = count;
            if (GetGroupList(name, primary, ids, ref room) >= 0)
            {
                return ids[..room];
            }

            // macOS does not say how many there are.
            count = room > count ? room : count * 2;
        }
    }

    private static unsafe string? GroupName(uint id)
    {
        for (int size = 1024; ; size *= 4)
        {
            byte[] buffer = new byte[size];
            GroupEntry entry;
            nint found;
            fixed (byte* text = buffer)
            {
                int status = GetGroupEntry(id, &entry, text, (nuint)size, &found);
                if (status == BufferTooSmall && size < MaxBuffer)
                {
                    continue;
                }

                // A group without a name cannot be in a list.
                return status == Ok && found != 0 ? Marshal.PtrToStringUTF8(entry.Name) : null;
            }
        }
    }

    private static KmsException Unknown(string user, int status) => new(
        ErrorKind.AuthenticationFailed,
        $"The groups of {Keys.Printable.Text(user)} cannot be found out: {Marshal.GetPInvokeErrorMessage(status)}",
        "Check the services that /etc/nsswitch.conf names for passwd and group.",
        isTransient: true) { Subject = user };

    [LibraryImport("libc", EntryPoint = "getpwnam_r")]
    private static unsafe partial int GetPasswordEntry(byte[] name, Account* account, byte* buffer, nuint size, nint* found);

    [LibraryImport("libc", EntryPoint = "getgrgid_r")]
    private static unsafe partial int GetGroupEntry(uint id, GroupEntry* entry, byte* buffer, nuint size, nint* found);

    [LibraryImport("libc", EntryPoint = "getgrouplist")]
    private static partial int GetGroupList(byte[] name, uint primary, [In, Out] uint[] ids, ref int count);

    // Only the leading members, which Linux and macOS share; the room behind them is what the largest struct passwd needs.
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Account
    {
        public nint Name;
        public nint Password;
        public uint User;
        public uint Group;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct GroupEntry
    {
        public nint Name;
        public nint Password;
        public uint Id;
    }
}
