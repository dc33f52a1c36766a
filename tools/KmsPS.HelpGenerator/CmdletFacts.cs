using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Reflection;

namespace KmsPS.HelpGenerator;

/// <summary>A parameter in one set.</summary>
internal sealed record ParameterInSet(string Set, bool IsMandatory, int? Position, bool ByValue, bool ByPropertyName, bool Remaining);

/// <summary>A parameter, as its attributes say.</summary>
internal sealed record ParameterFacts(string Name, Type Type, IReadOnlyList<string> Aliases, bool Wildcards, IReadOnlyList<string> Values, IReadOnlyList<ParameterInSet> Sets)
{
    /// <summary>The type without Nullable.</summary>
    internal Type Plain => Nullable.GetUnderlyingType(Type) ?? Type;

    internal bool IsSwitch => Plain == typeof(SwitchParameter);

    internal bool IsIn(string set) => Sets.Any(one => one.Set == set || one.Set == ParameterAttribute.AllParameterSets);

    internal ParameterInSet In(string set) => Sets.First(one => one.Set == set || one.Set == ParameterAttribute.AllParameterSets);

    /// <summary>As the shell prints it: <c>string[]</c>.</summary>
    internal string TypeLabel
    {
        get
        {
            Type element = Plain.IsArray ? Plain.GetElementType()! : Plain;
            string name = element == typeof(string) ? "string" : element == typeof(int) ? "int" : element == typeof(bool) ? "bool" : element.Name;
            return Plain.IsArray ? name + "[]" : name;
        }
    }
}

/// <summary>A cmdlet, as its attributes say. Attributes are read as data: the reference assembly's own getters are empty.</summary>
internal sealed record CmdletFacts(string Verb, string Noun, string? DefaultSet, bool ShouldProcess, string? HelpUri, IReadOnlyList<Type> Outputs, IReadOnlyList<ParameterFacts> Parameters)
{
    internal string Name => $"{Verb}-{Noun}";

    /// <summary>The parameter sets, the default one first.</summary>
    internal IReadOnlyList<string> Sets
    {
        get
        {
            // The default set is one also where no parameter is its alone.
            IEnumerable<string> byDefault = DefaultSet is { } given ? [given] : [];
            string[] named = [.. byDefault.Concat(Parameters.SelectMany(static one => one.Sets).Select(static one => one.Set)).Where(static set => set != ParameterAttribute.AllParameterSets).Distinct()];
            return named.Length == 0 ? [ParameterAttribute.AllParameterSets] : [.. named.OrderByDescending(set => set == DefaultSet)];
        }
    }

    /// <summary>Every cmdlet of the module, by name.</summary>
    internal static IReadOnlyList<CmdletFacts> OfModule() =>
    [
        .. typeof(KmsKey).Assembly.GetExportedTypes()
            .Where(static type => !type.IsAbstract && Data(type, nameof(CmdletAttribute)).Any())
            .Select(Of)
            .OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal),
    ];

    private static CmdletFacts Of(Type type)
    {
        CustomAttributeData cmdlet = Data(type, nameof(CmdletAttribute)).Single();
        bool shouldProcess = Named(cmdlet, "SupportsShouldProcess") is true;
        List<ParameterFacts> parameters = [.. type.GetProperties().Where(static property => Data(property, nameof(ParameterAttribute)).Any()).Select(Of)];
        if (shouldProcess)
        {
            parameters.Add(Common("Confirm", "cf"));
            parameters.Add(Common("WhatIf", "wi"));
        }

        return new CmdletFacts(
            (string)cmdlet.ConstructorArguments[0].Value!,
            (string)cmdlet.ConstructorArguments[1].Value!,
            Named(cmdlet, "DefaultParameterSetName") as string,
            shouldProcess,
            Named(cmdlet, "HelpUri") as string,
            [.. Data(type, nameof(OutputTypeAttribute)).SelectMany(static data => Types(data.ConstructorArguments))],
            [.. parameters.OrderBy(static one => one.Name, StringComparer.Ordinal)]);
    }

    private static ParameterFacts Of(PropertyInfo property) => new(
        property.Name,
        property.PropertyType,
        [.. Data(property, nameof(AliasAttribute)).SelectMany(static data => Strings(data.ConstructorArguments))],
        Data(property, nameof(SupportsWildcardsAttribute)).Any(),
        [.. Data(property, nameof(ValidateSetAttribute)).SelectMany(static data => Strings(data.ConstructorArguments)), .. Enumeration(property.PropertyType)],
        [.. Data(property, nameof(ParameterAttribute)).Select(static data => new ParameterInSet(
            Named(data, "ParameterSetName") as string ?? ParameterAttribute.AllParameterSets,
            Named(data, "Mandatory") is true,
            Named(data, "Position") as int?,
            Named(data, "ValueFromPipeline") is true,
            Named(data, "ValueFromPipelineByPropertyName") is true,
            Named(data, "ValueFromRemainingArguments") is true))]);

    private static ParameterFacts Common(string name, string alias) =>
        new(name, typeof(SwitchParameter), [alias], false, [], [new ParameterInSet(ParameterAttribute.AllParameterSets, false, null, false, false, false)]);

    private static IEnumerable<string> Enumeration(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        plain = plain.IsArray ? plain.GetElementType()! : plain;
        return plain.IsEnum ? Enum.GetNames(plain) : [];
    }

    private static IEnumerable<CustomAttributeData> Data(MemberInfo member, string attribute)
    {
        // Inherited properties carry their attributes; inherited class attributes are not asked for.
        return member.GetCustomAttributesData().Where(data => data.AttributeType.Name == attribute);
    }

    private static object? Named(CustomAttributeData data, string name) => data.NamedArguments.FirstOrDefault(one => one.MemberName == name).TypedValue.Value;

    private static IEnumerable<string> Strings(IEnumerable<CustomAttributeTypedArgument> arguments) => arguments.SelectMany(static argument => argument.Value switch
    {
        string text => [text],
        ReadOnlyCollection<CustomAttributeTypedArgument> several => Strings(several),
        _ => [],
    });

    private static IEnumerable<Type> Types(IEnumerable<CustomAttributeTypedArgument> arguments) => arguments.SelectMany(static argument => argument.Value switch
    {
        Type type => [type],
        ReadOnlyCollection<CustomAttributeTypedArgument> several => Types(several),
        _ => [],
    });
}
