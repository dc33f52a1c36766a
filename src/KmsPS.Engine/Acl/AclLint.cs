using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>Finds the mistakes in <c>kms-acls.xml</c> that people are known to make. What it finds is legal, and often not meant.</summary>
public static class AclLint
{
    private static readonly AclOperation[] Administrative = [AclOperation.Create, AclOperation.Delete, AclOperation.Rollover, AclOperation.SetKeyMaterial];

    /// <summary>Everything found, the reader's own warnings included, in the order of lines.</summary>
    /// <param name="file">The file, read.</param>
    /// <param name="superusers">HDFS superusers; by default the user <c>hdfs</c> and the group <c>supergroup</c>.</param>
    public static IReadOnlyList<AclFinding> Check(AclFile file, AccessList? superusers = null)
    {
        List<AclFinding> findings = [.. file.Warnings];
        findings.AddRange(Overridden(file));
        findings.AddRange(file.Properties.Where(static each => each.Value is not null && IsList(each.Name)).SelectMany(each => Notation(file, each)));
        findings.AddRange(Unknown(file));
        findings.AddRange(Rights(file, superusers ?? AccessList.Parse("hdfs supergroup")));
        findings.AddRange(DisabledDefaults(file));
        findings.AddRange(Unreachable(file));
        return [.. findings.DistinctBy(static each => (each.Kind, each.Property, each.Line)).OrderBy(static each => each.Line).ThenBy(static each => each.Kind)];
    }

    private static IEnumerable<AclFinding> Overridden(AclFile file) =>
        from same in file.Properties.GroupBy(static each => each.Name, StringComparer.Ordinal)
        let effective = Effective([.. same])
        from property in same
        where property != effective && property.Value is not null
        select Found(file, AclFindingKind.Overridden, property, $"line {effective?.Line} sets {Printable.Text(property.Name)} too, and that one counts. Remove one of them.");

    private static HadoopProperty? Effective(IReadOnlyList<HadoopProperty> same)
    {
        HadoopProperty? winner = null;
        foreach (HadoopProperty property in same)
        {
            winner = property.Value is null ? winner : property;
            if (property.IsFinal)
            {
                break;
            }
        }

        return winner;
    }

    private static IEnumerable<AclFinding> Notation(AclFile file, HadoopProperty property)
    {
        string value = property.Value!;
        string name = Printable.Text(property.Name);
        AccessList list = AccessList.Parse(value);
        if (list.IsEverybody)
        {
            yield break;
        }

        int blank = value.IndexOf(' ', StringComparison.Ordinal);
        if (blank > 0 && value[blank - 1] == ',' && blank + 1 < value.Length)
        {
            yield return Found(file, AclFindingKind.BlankAfterComma, property, $"{name} has a blank after a comma: {Quote(list.Groups)} is read as a group. Write users,users groups,groups with one blank between.");
        }
        else if (list.Users.Concat(list.Groups).Any(static each => each.Any(char.IsWhiteSpace)))
        {
            yield return Found(file, AclFindingKind.OddBlank, property, $"{name} has more blanks than the one between users and groups: {Quote(list.Users.Concat(list.Groups).Where(static each => each.Any(char.IsWhiteSpace)))} is read as one name.");
        }

        if (list.Users.FirstOrDefault(static each => each.AsSpan().ContainsAny('/', '@')) is { } principal)
        {
            yield return Found(file, AclFindingKind.NameMatchesNobody, property, $"{name} names '{Printable.Text(principal)}', but lists are compared with short names. Write what auth_to_local makes of it.");
        }
    }

    private static IEnumerable<AclFinding> Unknown(AclFile file)
    {
        foreach (HadoopProperty property in file.Properties.Where(static each => !IsList(each.Name)))
        {
            // A property may be there for others to refer to.
            if (!file.Properties.Any(each => each.Value?.Contains($"${{{property.Name}}}", StringComparison.Ordinal) == true))
            {
                yield return Found(file, AclFindingKind.UnknownProperty, property, $"no KMS reads {Printable.Text(property.Name)} in this file. Is it misspelt, or does it belong into kms-site.xml?");
            }
        }
    }

    private static IEnumerable<AclFinding> Rights(AclFile file, AccessList superusers)
    {
        AclSnapshot acl = file.Snapshot;
        Caller stranger = new(" ", " ", AuthenticationMethod.Process, NameSet.Empty);
        if (acl.Decide(new AccessRequest(stranger, AclOperation.Get, default)) is { IsAllowed: true } get)
        {
            yield return Found(file, AclFindingKind.EverybodyReadsMaterial, get.DecidedBy, AclNames.Property(AclOperation.Get), "everybody may GET key material as far as the operation's list goes. List nobody (one blank) or blacklist *.");
        }

        foreach (AclOperation operation in Administrative)
        {
            if (acl.Decide(new AccessRequest(stranger, operation, default)) is { IsAllowed: true } open)
            {
                yield return Found(file, AclFindingKind.EverybodyAdministers, open.DecidedBy, AclNames.Property(operation), $"everybody may {AclNames.Of(operation)} as far as the operation's list goes. List the key administrators.");
            }
        }

        IEnumerable<Caller> superCallers = superusers.Users.Select(static user => new Caller(user, user, AuthenticationMethod.Process, NameSet.Empty))
            .Concat(superusers.Groups.Select(static group => new Caller(" ", group, AuthenticationMethod.Process, NameSet.Of(group))));
        foreach (Caller caller in superCallers)
        {
            AccessDecision decision = acl.Decide(new AccessRequest(caller, AclOperation.DecryptEek, default));
            if (decision.IsAllowed)
            {
                yield return Found(
                    file,
                    AclFindingKind.SuperuserCanDecrypt,
                    decision.DecidedBy,
                    AclNames.Property(AclOperation.DecryptEek),
                    $"the HDFS superuser {Printable.Text(caller.FullName)} may DECRYPT_EEK and reads every file's ciphertext anyway. Put it into {AclNames.BlacklistProperty(AclOperation.DecryptEek)}.");
            }
        }
    }

    private static IEnumerable<AclFinding> DisabledDefaults(AclFile file)
    {
        foreach ((string key, IReadOnlyDictionary<KeyAclType, AclRule> own) in file.Snapshot.Keys.Select(static each => (each.Key, (IReadOnlyDictionary<KeyAclType, AclRule>)each.Value)))
        {
            string lost = string.Join(", ", file.Snapshot.Defaults.Keys.Where(type => !AclSnapshot.IsExtension(type) && !own.ContainsKey(type) && !own.ContainsKey(KeyAclType.All)).Order().Select(AclNames.Of));
            if (lost.Length > 0)
            {
                yield return Found(file, AclFindingKind.DefaultsDisabled, own.Values.MinBy(static rule => rule.Line), "", $"a list of key '{Printable.Text(key)}' makes the defaults inapplicable to it, so nobody but the whitelist has {lost} on it. Repeat those lists for the key, or use the whitelist.");
            }
        }
    }

    private static IEnumerable<AclFinding> Unreachable(AclFile file)
    {
        foreach ((AclOperation operation, AclRule black) in file.Snapshot.Blacklists)
        {
            if (file.Snapshot.Operations.GetValueOrDefault(operation) is not { List.IsEverybody: false } rule)
            {
                continue;
            }

            string[] shut = black.List.IsEverybody
                ? [.. rule.List.Users, .. rule.List.Groups]
                : [.. rule.List.Users.Where(black.List.Users.Contains), .. rule.List.Groups.Where(black.List.Groups.Contains)];
            if (shut.Length > 0)
            {
                yield return Found(file, AclFindingKind.Unreachable, rule, "", $"{rule.Property} names {Quote(shut)}, whom {black.Property} ({black.Place}) shuts out. Remove one of them.");
            }
        }
    }

    private static bool IsList(string name) => AclNames.IsList(name);

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(static each => $"'{Printable.Text(each)}'"));

    private static AclFinding Found(AclFile file, AclFindingKind kind, HadoopProperty property, string message) => new(kind, property.Name, message, Path.GetFileName(file.Path), property.Line);

    private static AclFinding Found(AclFile file, AclFindingKind kind, AclRule? rule, string property, string message) => new(kind, rule?.Property ?? property, message, Path.GetFileName(file.Path), rule?.Line ?? 0);
}
