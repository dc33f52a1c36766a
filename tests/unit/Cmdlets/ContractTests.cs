extern alias cmdlets;

using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using cmdlets::KmsPS;
using cmdlets::KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Errors;

namespace KmsPS.Tests.Cmdlets;

/// <summary>What every cmdlet promises, read from its attributes as data: the reference assembly's own getters are empty.</summary>
public sealed partial class ContractTests
{
    private static readonly string[] ChangingVerbs = ["New", "Remove", "Clear", "Restore", "Invoke", "Start", "Stop", "Set", "Grant", "Revoke", "Block", "Unblock", "Import", "Export", "Update", "Copy", "Repair", "Backup", "Suspend", "Resume"];

    // They answer with something new and change nothing that is kept.
    private static readonly string[] ChangeNothing = ["New-KmsEncryptedKey", "Update-KmsEncryptedKey"];

    public static TheoryData<string> Names => new(Cmdlets().Select(Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmdlet_has_an_approved_verb_a_singular_noun_and_the_class_of_its_name(string name)
    {
        Type type = Of(name);
        string verb = name.Split('-')[0];
        Type[] approved = [typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic), typeof(VerbsLifecycle), typeof(VerbsSecurity)];
        Assert.Contains(verb, approved.SelectMany(static verbs => verbs.GetFields()).Select(static field => field.GetRawConstantValue()));
        Assert.StartsWith("Kms", name.Split('-')[1], StringComparison.Ordinal);
        Assert.Equal(name.Replace("-", "", StringComparison.Ordinal) + "Command", type.Name);
        Assert.NotEmpty(Data(type, nameof(OutputTypeAttribute)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmdlet_that_changes_something_asks_before(string name)
    {
        bool changes = ChangingVerbs.Contains(name.Split('-')[0]) && !ChangeNothing.Contains(name);
        Assert.Equal(changes, Named(Data(Of(name), nameof(CmdletAttribute)).Single(), "SupportsShouldProcess") is true);
    }

    [Fact]
    public void A_cmdlet_about_keys_has_the_standard_sets()
    {
        foreach (Type type in Cmdlets().Where(static type => type.IsSubclassOf(typeof(KeyCmdlet))))
        {
            Assert.Equal("ByObject", Named(Data(type, nameof(CmdletAttribute)).Single(), "DefaultParameterSetName"));
            CustomAttributeData byName = Data(type.GetProperty("Name")!, nameof(ParameterAttribute)).Single();
            Assert.True(Named(byName, "ValueFromPipeline") is true && Named(byName, "ValueFromPipelineByPropertyName") is true && Named(byName, "Position") is 0);
        }
    }

    [Fact]
    public void Every_error_id_is_explained_in_about_KmsPS()
    {
        string about = File.ReadAllText(Root("docs", "help", "about_KmsPS.md"));
        IEnumerable<string> own = Directory.EnumerateFiles(Root("src", "KmsPS.Cmdlets"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => ErrorId().Matches(File.ReadAllText(file)))
            .Select(static match => match.Groups[1].Value);
        IEnumerable<string> engine = Enum.GetValues<ErrorKind>().Select(static kind => ErrorRecords.Row(kind).Id);
        string[] unexplained = [.. own.Concat(engine).Distinct().Where(id => !Regex.IsMatch(about, $@"\b{id}\b"))];
        Assert.Empty(unexplained);
    }

    [Fact]
    public void The_manifest_lists_exactly_the_cmdlets_and_the_version()
    {
        string manifest = File.ReadAllText(Root("module", "KmsPS.psd1"));
        string[] listed = [.. Quoted().Matches(CmdletList().Match(manifest).Value).Select(static match => match.Groups[1].Value)];
        Assert.Equal(Cmdlets().Select(Name).Order(StringComparer.Ordinal), listed);
        string version = Regex.Match(File.ReadAllText(Root("Directory.Build.props")), "<KmsPSVersion>(.+)</KmsPSVersion>").Groups[1].Value;
        Assert.Contains($"ModuleVersion        = '{version}'", manifest, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmdlet_has_a_page_and_its_output_has_a_table(string name)
    {
        Assert.True(File.Exists(Root("docs", "help", name + ".md")));
        string formats = File.ReadAllText(Root("module", "KmsPS.Format.ps1xml"));
        foreach (Type output in Outputs(Of(name)).Where(static type => type.Namespace == "KmsPS"))
        {
            Assert.Contains($"<TypeName>{output.FullName}</TypeName>", formats, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Columns_are_properties()
    {
        System.Xml.Linq.XDocument formats = System.Xml.Linq.XDocument.Load(Root("module", "KmsPS.Format.ps1xml"));
        foreach (System.Xml.Linq.XElement view in formats.Descendants("View"))
        {
            Type type = typeof(KmsKey).Assembly.GetType(view.Descendants("TypeName").Single().Value, throwOnError: true)!;
            Assert.All(view.Descendants("PropertyName"), column => Assert.NotNull(type.GetProperty(column.Value)));
        }
    }

    [Fact]
    public void Every_kind_of_failure_has_an_id_of_its_own_or_shares_one_on_purpose()
    {
        string[] ids = [.. Enum.GetValues<Engine.Errors.ErrorKind>().Select(static kind => ErrorRecords.Row(kind).Id)];
        string[] shared = [.. ids.GroupBy(static id => id).Where(static group => group.Count() > 1).Select(static group => group.Key)];
        Assert.Equal(["ProviderUnavailable"], shared);
    }

    private static IEnumerable<Type> Cmdlets() => typeof(KmsKey).Assembly.GetExportedTypes().Where(static type => !type.IsAbstract && Data(type, nameof(CmdletAttribute)).Any());

    private static Type Of(string name) => Cmdlets().Single(type => Name(type) == name);

    private static string Name(Type type)
    {
        IList<CustomAttributeTypedArgument> words = Data(type, nameof(CmdletAttribute)).Single().ConstructorArguments;
        return $"{words[0].Value}-{words[1].Value}";
    }

    private static IEnumerable<Type> Outputs(Type type) => Data(type, nameof(OutputTypeAttribute))
        .SelectMany(static data => data.ConstructorArguments)
        .SelectMany(static argument => argument.Value is IEnumerable<CustomAttributeTypedArgument> several ? several.Select(static one => (Type)one.Value!) : [(Type)argument.Value!]);

    private static IEnumerable<CustomAttributeData> Data(MemberInfo member, string attribute) => member.GetCustomAttributesData().Where(data => data.AttributeType.Name == attribute);

    private static object? Named(CustomAttributeData data, string name) => data.NamedArguments.FirstOrDefault(one => one.MemberName == name).TypedValue.Value;

    private static string Root(params string[] parts)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KmsPS.slnx")))
        {
            folder = folder.Parent;
        }

        return Path.Combine([folder!.FullName, .. parts]);
    }

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\([^)]*\)")]
    private static partial Regex CmdletList();

    // new ShellException("Id", ErrorCategory.X, ...), also where the type is inferred or the line is broken.
    [GeneratedRegex("\"([A-Z][A-Za-z]+)\",\\s*ErrorCategory\\.")]
    private static partial Regex ErrorId();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
