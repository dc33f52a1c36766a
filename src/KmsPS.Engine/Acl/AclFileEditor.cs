using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Acl;

/// <summary>Changes lists in <c>kms-acls.xml</c>, keeping comments, order and blanks. The file is replaced by a rename, its old content kept beside it.</summary>
public sealed class AclFileEditor
{
    private readonly string _path;
    private readonly byte[] _original;
    private readonly XDocument _document;

    private AclFileEditor(string path, byte[] original, XDocument document)
    {
        _path = path;
        _original = original;
        _document = document;
    }

    /// <summary>Reads a file; one that does not exist begins empty.</summary>
    /// <exception cref="ConfigurationException">It is no configuration file.</exception>
    public static AclFileEditor Open(string path)
    {
        byte[] content = File.Exists(path) ? HadoopXml.ReadBytes(path, HadoopXml.MaxAclBytes) : "<?xml version=\"1.0\"?>\n<configuration>\n</configuration>\n"u8.ToArray();

        // Refuses what the server would refuse, with its words.
        HadoopXml.Parse(content, path, HadoopXml.MaxAclBytes);
        using XmlReader reader = XmlReader.Create(new MemoryStream(content), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        return new AclFileEditor(path, content, XDocument.Load(reader, LoadOptions.PreserveWhitespace));
    }

    /// <summary>Makes one change in memory; whether anything is different.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the notation of lists has no room for the name.</exception>
    public bool Apply(AclEdit edit)
    {
        if (edit.Name.Length == 0 || edit.Name.AsSpan().ContainsAny(',', ' ') || JavaText.Trim(edit.Name) != edit.Name)
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"'{Keys.Printable.Text(edit.Name)}' cannot stand in an access list", "Name a user or group without blanks and commas.") { Subject = edit.Name };
        }

        XElement? property = Effective(edit.Property);
        string value = property is null ? "" : Value(property);
        string changed = Change(value, edit);
        if (changed == value && (property is not null || !edit.Adds))
        {
            return false;
        }

        if (property is null)
        {
            Add(edit.Property, changed);
        }
        else
        {
            Set(property, changed);
        }

        return true;
    }

    /// <summary>The content as it would be written.</summary>
    public byte[] Content()
    {
        using MemoryStream target = new();
        if (_document.Declaration is { } declaration)
        {
            // Written as it stood; only the encoding becomes what the bytes are.
            target.Write(Encoding.UTF8.GetBytes(new XDeclaration(declaration.Version, declaration.Encoding is null ? null : "UTF-8", declaration.Standalone).ToString()));
        }

        XmlWriterSettings settings = new() { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.None };
        using (XmlWriter writer = XmlWriter.Create(target, settings))
        {
            _document.Save(writer);
        }

        return target.ToArray();
    }

    /// <summary>What the rules would be; for a look before the file is written.</summary>
    public AclFile Preview(EmptyAclValue empty = EmptyAclValue.NotSet) => AclParser.Parse(Content(), _path, empty);

    /// <summary>Replaces the file by a rename. What stood there is kept as <c>kms-acls.xml.YYYYMMDDTHHMMSSfff.bak</c>.</summary>
    /// <returns>Path of the copy; <see langword="null"/> where there was no file.</returns>
    /// <exception cref="KmsException"><see cref="ErrorKind.Conflict"/>: somebody else changed the file since it was read.</exception>
    public string? Save(TimeProvider time) => Write(_path, Content(), _original, time);

    /// <summary>Replaces a whole file as <see cref="Save"/> does, by content that is put there as it stands.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="content">What it shall hold.</param>
    /// <param name="time">The clock, for the copy's name.</param>
    /// <returns>Path of the copy; <see langword="null"/> where there was no file.</returns>
    /// <exception cref="ConfigurationException">The content is no configuration file.</exception>
    public static string? Replace(string path, ReadOnlyMemory<byte> content, TimeProvider time)
    {
        HadoopXml.Parse(content, path, HadoopXml.MaxAclBytes);
        return Write(path, content.Span, null, time);
    }

    private static string? Write(string path, ReadOnlySpan<byte> content, byte[]? expected, TimeProvider time)
    {
        string? backup = null;

        // A link is kept: the file that it names is replaced, not the link.
        string target = (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? path;
        string fresh = $"{target}.{Guid.NewGuid():N}.new";
        if (File.Exists(target))
        {
            if (expected is not null && !HadoopXml.ReadBytes(target, HadoopXml.MaxAclBytes).AsSpan().SequenceEqual(expected))
            {
                throw new KmsException(ErrorKind.Conflict, $"{path} was changed by somebody else in between", "Look at it, and make the change again.") { Subject = path };
            }

            backup = $"{target}.{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture)}.bak";
            File.Copy(target, backup);
        }

        try
        {
            using (FileStream file = new(fresh, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            if (backup is not null && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(fresh, File.GetUnixFileMode(target));
            }

            File.Move(fresh, target, overwrite: true);
            return backup;
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
    }

    // The one that counts: the last that is set, unless an earlier one is final. SOURCE: Hadoop Configuration.loadProperty.
    private XElement? Effective(string name)
    {
        XElement? winner = null;
        foreach (XElement property in _document.Root!.Descendants().Where(each => each.Name.LocalName == "property" && Name(each) == name))
        {
            winner = winner is not null && Value(property).Length == 0 && Value(winner).Length > 0 ? winner : property;
            if (Part(property, "final")?.Value == "true" || property.Attribute("final")?.Value == "true")
            {
                break;
            }
        }

        return winner;
    }

    // Names are kept in the order they are written; a list that would become empty is one blank, which means nobody. An empty value
    // would count as not set, and open what it was to close.
    private static string Change(string value, AclEdit edit)
    {
        if (edit.Name == "*")
        {
            return edit.Adds ? "*" : AccessList.Parse(value).IsEverybody ? Join([.. Names(value, false).Where(static each => each != "*")], [.. Names(value, true).Where(static each => each != "*")]) : value;
        }

        if (AccessList.Parse(value).IsEverybody && edit.Adds)
        {
            return value;
        }

        List<string> users = Names(value, groups: false);
        List<string> groups = Names(value, groups: true);
        List<string> names = edit.IsGroup ? groups : users;
        bool different = edit.Adds ? !names.Contains(edit.Name) : names.RemoveAll(each => each == edit.Name) > 0;
        if (different && edit.Adds)
        {
            names.Add(edit.Name);
        }

        return different ? Join(users, groups) : value;
    }

    private static List<string> Names(string value, bool groups)
    {
        int blank = value.IndexOf(' ', StringComparison.Ordinal);
        string part = blank < 0 ? (groups ? "" : value) : groups ? value[(blank + 1)..] : value[..blank];
        return [.. part.Split(',').Select(JavaText.Trim).Where(static each => each.Length > 0)];
    }

    private static string Join(List<string> users, List<string> groups) =>
        groups.Count == 0 && users.Count > 0 ? string.Join(',', users) : $"{string.Join(',', users)} {string.Join(',', groups)}";

    private void Add(string name, string value)
    {
        XElement property = new("property", "\n    ", new XElement("name", name), "\n    ", new XElement("value", value), "\n  ");
        XElement root = _document.Root!;
        if (root.LastNode is XText { Value: var tail } last && string.IsNullOrWhiteSpace(tail))
        {
            last.AddBeforeSelf("\n  ", property);
        }
        else
        {
            root.Add("\n  ", property, "\n");
        }
    }

    private static void Set(XElement property, string value)
    {
        if (Part(property, "value") is { } element)
        {
            element.Value = value;
        }
        else if (property.Attribute("name") is not null)
        {
            property.SetAttributeValue("value", value);
        }
        else
        {
            property.Add(new XElement(property.Name.Namespace + "value", value));
        }
    }

    private static string? Name(XElement property) => Part(property, "name") is { Value.Length: > 0 } name ? JavaText.Trim(name.Value) : property.Attribute("name")?.Value;

    private static string Value(XElement property) => Part(property, "value") is { Value.Length: > 0 } value ? value.Value : property.Attribute("value")?.Value ?? "";

    private static XElement? Part(XElement property, string name) => property.Elements().LastOrDefault(each => each.Name.LocalName == name);
}
