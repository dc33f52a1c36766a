using System.DirectoryServices.Protocols;
using System.Net;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Identity;

/// <summary>Groups from LDAP directories. SOURCE: Hadoop LdapGroupsMapping.doGetGroups, lookupGroup, goUpGroupHierarchy.</summary>
public sealed class LdapGroupMapper(LdapSettings settings, TimeProvider time) : IGroupMapper
{
    private int _preferred;

    /// <inheritdoc/>
    public ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken) =>
        new(Task.Run(() => AskServersAsync(shortName, cancellationToken), cancellationToken));

    private async Task<NameSet> AskServersAsync(string user, CancellationToken cancellationToken)
    {
        List<string> problems = [];
        int first = Volatile.Read(ref _preferred);
        for (int attempt = 0; attempt < settings.Attempts * settings.Servers.Count; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int index = (first + (attempt / Math.Min(settings.AttemptsBeforeFailover, settings.Attempts))) % settings.Servers.Count;
            try
            {
                await ProbeAsync(settings.Servers[index], cancellationToken).ConfigureAwait(false);
                using LdapConnection connection = Connect(settings.Servers[index]);
                NameSet groups = Ask(connection, user);
                Volatile.Write(ref _preferred, index);
                return groups;
            }
            catch (Exception failure) when (failure is LdapException or DirectoryOperationException or TlsOperationException or IOException)
            {
                problems.Add($"{settings.Servers[index].Authority}: {failure.Message}");
            }
        }

        throw new KmsException(
            ErrorKind.AuthenticationFailed,
            $"The groups of {Keys.Printable.Text(user)} cannot be found out: no directory server answered the question",
            "Check that the directory servers of hadoop.security.group.mapping.ldap.url answer and accept the bind.",
            isTransient: true,

            // For the log alone: clients are not told the names of directory servers.
            inner: new IOException(string.Join("; ", problems.Distinct()))) { Subject = user };
    }

    private bool IsTls(Uri server) => settings.UseTls || server.Scheme == "ldaps";

    private int PortOf(Uri server) => server.Port > 0 ? server.Port : IsTls(server) ? 636 : 389;

    private ValueTask ProbeAsync(Uri server, CancellationToken cancellationToken) => OperatingSystem.IsWindows() || !(IsTls(server) || settings.StartTls)
        ? ValueTask.CompletedTask
        : TlsProbe.RequireAsync(server.Host, PortOf(server), settings.StartTls && !IsTls(server), settings.ConnectTimeout, cancellationToken);

    private LdapConnection Connect(Uri server)
    {
        bool tls = IsTls(server);
        LdapDirectoryIdentifier address = new(server.Host, PortOf(server), fullyQualifiedDnsHostName: false, connectionless: false);
        LdapConnection connection = LdapDeadlines.Connect(address, settings.ConnectTimeout, isEncrypted: tls || settings.StartTls);
        connection.AuthType = settings.BindUser.Length == 0 || settings.BindPassword is null ? AuthType.Anonymous : AuthType.Basic;
        connection.AutoBind = false;
        connection.Timeout = settings.ConnectTimeout;
        try
        {
            connection.SessionOptions.ProtocolVersion = 3;
            connection.SessionOptions.ReferralChasing = ReferralChasingOptions.None;
            if (settings.CaDirectory is { } trusted && !OperatingSystem.IsWindows())
            {
                connection.SessionOptions.TrustedCertificatesDirectory = trusted;
                connection.SessionOptions.StartNewTlsSessionContext();
            }

            if (tls)
            {
                connection.SessionOptions.SecureSocketLayer = true;
            }
            else if (settings.StartTls)
            {
                Reach(connection);
                connection.SessionOptions.StartTransportLayerSecurity(null);
            }

            Bind(connection);
            connection.Timeout = settings.SearchTimeout;
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // On Linux .NET opens a connection with the first request only, and StartTLS is none to it. This one asks for what every server
    // shows to everybody, and tells nothing; whether it is answered or refused does not matter.
    private void Reach(LdapConnection connection)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            connection.SendRequest(new SearchRequest("", "(objectClass=*)", SearchScope.Base, "supportedExtension"), settings.ConnectTimeout);
        }
        catch (DirectoryOperationException)
        {
            // The server answered, with a refusal.
        }
    }

    private void Bind(LdapConnection connection)
    {
        if (settings.BindUser.Length == 0 || settings.BindPassword is not { } secret)
        {
            connection.Bind();
            return;
        }

        // The client library takes text only; it lives as long as this call.
        using SecretLease password = secret.Open();
        connection.Bind(new NetworkCredential(settings.BindUser, Encoding.UTF8.GetString(password.Span)));
    }

    private NameSet Ask(LdapConnection connection, string user)
    {
        long started = time.GetTimestamp();
        string[] wanted = settings.MemberOfAttribute.Length > 0 ? [settings.MemberOfAttribute]
            : settings.IsPosix ? [settings.PosixUserAttribute, settings.PosixGroupAttribute]
            : ["1.1"];
        SearchResultEntryCollection found = Search(connection, settings.UserBase, LdapFilter.Fill(settings.UserFilter, user), wanted);
        if (found.Count == 0)
        {
            return NameSet.Empty;
        }

        // One search is enough where the user's entry names its groups and nothing above them counts.
        if (settings.MemberOfAttribute.Length > 0 && settings.HierarchyLevels == 0)
        {
            return Named(Values(found[0], settings.MemberOfAttribute).Select(FirstOfDn).OfType<string>());
        }

        List<string> names = [];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        List<string> level = Take(Search(connection, settings.GroupBase, MembershipFilter(found[0]), [settings.GroupNameAttribute]), names, seen);
        for (int up = 0; up < settings.HierarchyLevels && level.Count > 0 && time.GetElapsedTime(started) < settings.SearchTimeout * 2; up++)
        {
            string members = string.Concat(level.Select(dn => $"({settings.MemberAttribute}={LdapFilter.Escape(dn)})"));
            level = Take(Search(connection, settings.GroupBase, $"(&{settings.GroupFilter}(|{members}))", [settings.GroupNameAttribute]), names, seen);
        }

        return Named(names);
    }

    private string MembershipFilter(SearchResultEntry user)
    {
        if (!settings.IsPosix)
        {
            return $"(&{settings.GroupFilter}({settings.MemberAttribute}={LdapFilter.Escape(user.DistinguishedName)}))";
        }

        string uid = Values(user, settings.PosixUserAttribute).FirstOrDefault() ?? "";
        string gid = Values(user, settings.PosixGroupAttribute).FirstOrDefault() ?? "";
        return $"(&{settings.GroupFilter}(|({settings.PosixGroupAttribute}={LdapFilter.Escape(gid)})({settings.MemberAttribute}={LdapFilter.Escape(uid)})))";
    }

    private List<string> Take(SearchResultEntryCollection groups, List<string> names, HashSet<string> seen)
    {
        List<string> fresh = [];
        foreach (SearchResultEntry group in groups)
        {
            // A group met before ends its branch: groups may contain each other.
            if (seen.Add(group.DistinguishedName))
            {
                fresh.Add(group.DistinguishedName);
                names.AddRange(Values(group, settings.GroupNameAttribute).Take(1));
            }
        }

        return fresh;
    }

    private SearchResultEntryCollection Search(LdapConnection connection, string root, string filter, string[] attributes)
    {
        SearchRequest request = new(root, filter, SearchScope.Subtree, attributes) { TimeLimit = settings.SearchTimeout };
        return ((SearchResponse)connection.SendRequest(request, settings.SearchTimeout)).Entries;
    }

    private NameSet Named(IEnumerable<string> names) => NameSet.Of(settings.Conversion switch
    {
        "to_upper" => names.Select(static name => name.ToUpperInvariant()),
        "to_lower" => names.Select(static name => name.ToLowerInvariant()),
        _ => names,
    });

    private static IEnumerable<string> Values(SearchResultEntry entry, string attribute) =>
        entry.Attributes.Contains(attribute) ? entry.Attributes[attribute].GetValues(typeof(string)).Cast<string>() : [];

    // cn=Data Engineers,ou=groups,dc=example: the first part's value, if it is the attribute that names groups.
    private string? FirstOfDn(string dn)
    {
        int equals = dn.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || !dn[..equals].Trim().Equals(settings.GroupNameAttribute, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        StringBuilder value = new();
        for (int i = equals + 1; i < dn.Length && dn[i] is not (',' or '+'); i++)
        {
            value.Append(dn[i] == '\\' && i + 1 < dn.Length ? dn[++i] : dn[i]);
        }

        return value.ToString();
    }
}
