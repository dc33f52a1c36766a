using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Server.Replay;

/// <summary>The files that a scenario was recorded with, in a folder of their own, and the steps that change them.</summary>
internal sealed class ScenarioFiles
{
    private readonly string _acls;
    private readonly Dictionary<string, NameSet> _groups;

    public ScenarioFiles(string scenario, string folder)
    {
        string conf = Vectors.Path(["recorded", .. scenario.Split('/'), "conf"]);
        _acls = Path.Combine(folder, "kms-acls.xml");
        File.Copy(Path.Combine(conf, "kms-acls.xml"), _acls);
        Acls = AclSource.Open(_acls, new AclSettings(), BuiltInAcls.For("nobody"), TimeProvider.System, static _ => { });
        _groups = Groups(Property(Path.Combine(conf, "core-site.xml"), "hadoop.user.group.static.mapping.overrides"));
        KeyAuthorization = Property(Path.Combine(conf, "kms-site.xml"), "hadoop.kms.key.authorization.enable") != "false";
    }

    public AclSource Acls { get; }

    public bool KeyAuthorization { get; }

    public NameSet GroupsOf(string user) => _groups.GetValueOrDefault(user, NameSet.Empty);

    /// <summary>Does a recorded step, and looks at the file until what is there was noticed.</summary>
    public void Do(JsonElement step)
    {
        Do(step, _acls);
        Acls.Look();
        Acls.Look();
    }

    /// <summary>Does a recorded step.</summary>
    public static void Do(JsonElement step, string path)
    {
        JsonProperty action = step.EnumerateObject().Single();
        switch (action.Name)
        {
            case "write kms-acls.xml":
                File.WriteAllText(path, action.Value.ValueKind == JsonValueKind.String ? action.Value.GetString() : Xml(action.Value));
                break;
            case "remove kms-acls.xml":
                File.Delete(path);
                break;
            default:
                Assert.Fail($"No step '{action.Name}' is known");
                break;
        }
    }

    private static string Xml(JsonElement properties)
    {
        XElement root = new("configuration", properties.EnumerateObject().Select(static each =>
            new XElement("property", new XElement("name", each.Name), new XElement("value", each.Value.GetString()))));
        return new StringBuilder("<?xml version=\"1.0\"?>\n").Append(root).ToString();
    }

    private static string? Property(string file, string name) => XDocument.Load(file).Root!.Elements("property")
        .FirstOrDefault(each => each.Element("name")!.Value == name)?.Element("value")!.Value;

    private static Dictionary<string, NameSet> Groups(string? mapping) => (mapping ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(static each => each.Split('='))
        .ToDictionary(static each => each[0].Trim(), static each => NameSet.Of(each[1].Split(',')), StringComparer.Ordinal);
}
