using System.Globalization;
using System.Text;
using System.Xml;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Configuration;

/// <summary>
/// Hadoop's property files. Reading is lenient exactly where Hadoop is (unknown elements, repeated <c>source</c>, properties as
/// attributes), strict where leniency would be dangerous: no DTD, no XInclude, no other root, a limit on the size.
/// </summary>
/// <remarks>SOURCE: Hadoop Configuration.Parser. Every property is kept in file order, later duplicates and unset ones too.</remarks>
public static class HadoopXml
{
    /// <summary>Largest <c>*-site.xml</c>: 1 MiB.</summary>
    public const int MaxSiteBytes = 1 << 20;

    /// <summary>Largest <c>kms-acls.xml</c>: 16 MiB, room for some 150,000 key lists.</summary>
    public const int MaxAclBytes = 16 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, is too large or is no configuration file.</exception>
    public static IReadOnlyList<HadoopProperty> Read(string path, int maxBytes = MaxSiteBytes) => Parse(ReadBytes(path, maxBytes), path, maxBytes);

    /// <summary>Reads a file's bytes, at most <paramref name="maxBytes"/> of them.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or is too large.</exception>
    public static byte[] ReadBytes(string path, int maxBytes)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using MemoryStream content = new();
            byte[] buffer = new byte[16 * 1024];
            for (int got; (got = file.Read(buffer)) > 0;)
            {
                content.Write(buffer, 0, got);
                if (content.Length > maxBytes)
                {
                    throw TooLarge(path, maxBytes);
                }
            }

            return content.ToArray();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ConfigurationException($"cannot be read: {failure.Message}", path, remedy: "Check that the file is there and readable by this account.", inner: failure);
        }
    }

    /// <summary>Parses the content of a file.</summary>
    /// <param name="content">Its bytes, in the encoding that its declaration names; UTF-8 without one.</param>
    /// <param name="path">What errors and properties name as their file.</param>
    /// <param name="maxBytes">Size limit.</param>
    /// <exception cref="ConfigurationException">It is too large or is no configuration file; with line and column.</exception>
    public static IReadOnlyList<HadoopProperty> Parse(ReadOnlyMemory<byte> content, string path, int maxBytes = MaxSiteBytes)
    {
        if (content.Length > maxBytes)
        {
            throw TooLarge(path, maxBytes);
        }

        XmlReaderSettings settings = new()
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = maxBytes,
            CloseInput = true,
        };
        using XmlReader reader = XmlReader.Create(new MemoryStream(content.ToArray(), writable: false), settings);
        try
        {
            return new Walk(reader, path).Run();
        }
        catch (XmlException broken)
        {
            throw Explain(broken, path, content.Span);
        }
    }

    private static ConfigurationException TooLarge(string path, int maxBytes) => new(
        string.Create(CultureInfo.InvariantCulture, $"the file is larger than {maxBytes} bytes"), path, remedy: "Remove what this server does not need.");

    private static ConfigurationException Explain(XmlException broken, string path, ReadOnlySpan<byte> content)
    {
        // The reader has no error codes; this is the one text that needs words of ours.
        bool dtd = broken.Message.Contains("DTD is prohibited", StringComparison.Ordinal);
        string text = broken.Message;
        int position = text.LastIndexOf(" Line ", StringComparison.Ordinal);
        (int line, int column) = (Math.Max(1, broken.LineNumber), Math.Max(1, broken.LinePosition));
        if (dtd && broken.LineNumber == 0 && content.IndexOf("<!DOCTYPE"u8) is var at and > 0)
        {
            // The reader does not say where a prohibited declaration stands.
            line = content[..at].Count((byte)'\n') + 1;
            column = at - content[..at].LastIndexOf((byte)'\n');
        }

        return new ConfigurationException(
            dtd ? "a document type declaration is not allowed in a configuration file" : $"this is no well-formed XML: {(position > 0 ? text[..position] : text)}",
            path,
            line,
            column,
            dtd ? "Remove the <!DOCTYPE …> declaration and write out what its entities stand for." : "Correct the file at this place.",
            broken);
    }

    /// <summary>One pass over one document; depth is ignored as Hadoop ignores it.</summary>
    private sealed class Walk(XmlReader reader, string path)
    {
        private readonly List<HadoopProperty> _properties = [];
        private readonly StringBuilder _text = new();
        private string? _name;
        private string? _value;
        private bool _final;
        private (int Line, int Column) _at;

        public List<HadoopProperty> Run()
        {
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        Start();
                        break;
                    case XmlNodeType.EndElement:
                        End(reader.LocalName);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                        _text.Append(reader.Value);
                        break;
                }
            }

            return _properties;
        }

        private void Start()
        {
            (int Line, int Column) at = Position();
            if (reader.Depth == 0 && reader.LocalName != "configuration")
            {
                // DEVIATION: Hadoop takes such a file for one without properties, which opens every operation.
                throw new ConfigurationException($"the root element is <{reader.LocalName}>, not <configuration>", path, at.Line, at.Column, "Is this the right file?");
            }

            bool isEmpty = reader.IsEmptyElement;
            string element = reader.LocalName;
            switch (element)
            {
                case "property":
                    StartProperty(at);
                    break;
                case "name":
                    _at = at;
                    _text.Clear();
                    break;
                case "value" or "final" or "source" or "tag":
                    _text.Clear();
                    break;
                case "include":
                    throw new ConfigurationException("<include> is not supported", path, at.Line, at.Column, "Copy the properties of the included file to this place.");
            }

            if (isEmpty)
            {
                End(element);
            }
        }

        private void StartProperty((int Line, int Column) at)
        {
            _at = at;

            // An attribute is taken as it stands: not trimmed, and an empty value is a value. SOURCE: Parser.handleStartProperty.
            _name = reader.GetAttribute("name");
            _value = reader.GetAttribute("value");
            _final = reader.GetAttribute("final") == "true";
        }

        private void End(string element)
        {
            switch (element)
            {
                case "name" when _text.Length > 0:
                    _name = JavaText.Trim(_text.ToString());
                    break;
                case "value" when _text.Length > 0:
                    _value = _text.ToString();
                    break;
                case "final":
                    _final = _text.Equals("true");
                    break;
                case "property" when _name is { Length: > 0 }:
                    _properties.Add(new HadoopProperty(_name, _value, _final, path, _at.Line, _at.Column));
                    _name = null;
                    break;
            }
        }

        private (int Line, int Column) Position() => reader is IXmlLineInfo info && info.HasLineInfo() ? (info.LineNumber, info.LinePosition) : (0, 0);
    }
}
