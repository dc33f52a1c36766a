using System.Reflection;
using System.Text;

namespace KmsPS.Tests.Architecture;

/// <summary>The public surface of an assembly as sorted lines, one room at a time.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static SortedDictionary<string, string> ByRoom(Assembly assembly)
    {
        SortedDictionary<string, string> rooms = new(StringComparer.Ordinal);
        foreach (IGrouping<string, Type> room in assembly.GetExportedTypes().GroupBy(static type => Rooms.Of(type.Namespace ?? "") ?? Rooms.Root))
        {
            StringBuilder text = new();
            foreach (Type type in room.OrderBy(static type => type.FullName, StringComparer.Ordinal))
            {
                text.Append(Kind(type)).Append(' ').Append(Name(type)).Append('\n');
                foreach (string member in type.GetMembers(Declared).Select(Describe).OfType<string>().Distinct().Order(StringComparer.Ordinal))
                {
                    text.Append("  ").Append(member).Append('\n');
                }
            }

            rooms[room.Key == Rooms.Root ? "Root" : room.Key] = text.ToString();
        }

        return rooms;
    }

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class" : "class";

    private static string? Describe(MemberInfo member) => member switch
    {
        FieldInfo field when IsSeen(field.IsPublic, field.IsFamily, field.IsFamilyOrAssembly) && !field.IsSpecialName =>
            $"{(field.IsLiteral ? "const " : "")}{field.Name}: {Name(field.FieldType)}",
        PropertyInfo property when property.GetMethod is { } get && IsSeen(get.IsPublic, get.IsFamily, get.IsFamilyOrAssembly) =>
            $"{property.Name}: {Name(property.PropertyType)}{(property.SetMethod is { IsPublic: true } ? " { get; set; }" : "")}",
        ConstructorInfo constructor when IsSeen(constructor.IsPublic, constructor.IsFamily, constructor.IsFamilyOrAssembly) =>
            $"new({Parameters(constructor)})",
        MethodInfo method when IsSeen(method.IsPublic, method.IsFamily, method.IsFamilyOrAssembly) && IsWritten(method) =>
            $"{method.Name}({Parameters(method)}): {Name(method.ReturnType)}",
        EventInfo signal when signal.AddMethod is { IsPublic: true } => $"event {signal.Name}: {Name(signal.EventHandlerType!)}",
        _ => null,
    };

    private static bool IsSeen(bool isPublic, bool isFamily, bool isFamilyOrAssembly) => isPublic || isFamily || isFamilyOrAssembly;

    // What the compiler adds to every record says nothing.
    private static bool IsWritten(MethodInfo method) => !method.IsSpecialName && !method.Name.StartsWith('<')
        && method.Name is not ("Equals" or "GetHashCode" or "Deconstruct" or "PrintMembers" or "Finalize");

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(static each => $"{Name(each.ParameterType)} {each.Name}{(each.IsOptional ? "?" : "")}"));

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsPointer)
        {
            return $"{Name(type.GetElementType()!)}{(type.IsByRef ? "&" : "*")}";
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[]";
        }

        string name = type.DeclaringType is { } outer && !type.IsGenericParameter ? $"{Name(outer)}.{type.Name}" : type.Name;
        string plain = name.Split('`')[0];
        return type.IsGenericType ? $"{plain}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : plain;
    }
}
