using Mono.Cecil;
using Mono.Cecil.Cil;

namespace KmsPS.Tests.Architecture;

/// <summary>The built assemblies as data, with the lines their code came from.</summary>
internal sealed class Built : IDisposable
{
    private readonly DefaultAssemblyResolver _resolver = new();

    private Built(string assembly)
    {
        _resolver.AddSearchDirectory(AppContext.BaseDirectory);
        _resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        string file = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
        Module = ModuleDefinition.ReadModule(file, new ReaderParameters { AssemblyResolver = _resolver, ReadSymbols = true });
    }

    public ModuleDefinition Module { get; }

    public static Built Engine() => new("KmsPS.Engine");

    public static Built Server() => new("kms-server");

    public static Built Cmdlets() => new("KmsPS.Cmdlets");

    /// <summary>Every type that somebody wrote or that was generated inside one, nested ones included.</summary>
    public IEnumerable<TypeDefinition> Types() => Module.GetTypes().Where(static type => NamespaceOf(type).StartsWith("KmsPS", StringComparison.Ordinal));

    public IEnumerable<MethodDefinition> Methods() => Types().SelectMany(static type => type.Methods);

    /// <summary>The methods, fields and constructors that a method's code names.</summary>
    public static IEnumerable<MethodReference> Calls(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(static step => step.Operand).OfType<MethodReference>() : [];

    /// <summary>The outermost type: generated state machines and closures belong to whoever wrote them.</summary>
    public static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    public static string NamespaceOf(TypeReference type) => Outermost(type).Namespace;

    /// <summary>The name a person would look for: <c>Namespace.Type.Method</c>, also for code in a state machine or closure.</summary>
    public static string Written(MethodDefinition method)
    {
        string inner = method.DeclaringType.Name;
        string name = inner.StartsWith('<') && inner.IndexOf('>', StringComparison.Ordinal) is > 1 and int end ? inner[1..end]
            : method.Name.StartsWith('<') && method.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and int close ? method.Name[1..close]
            : method.Name;
        return $"{Outermost(method.DeclaringType).FullName}.{name}";
    }

    /// <summary>First and last source line of what a person wrote as the body, or <see langword="null"/>.</summary>
    public static (string File, int First, int Last)? Lines(MethodDefinition method)
    {
        int from = method.IsConstructor && method.HasBody ? AfterBaseCall(method) : 0;
        SequencePoint[] points = [.. method.DebugInformation.SequencePoints.Where(point => !point.IsHidden && point.Offset >= from)];
        return points.Length == 0 ? null : (points[0].Document.Url, points.Min(static point => point.StartLine), points.Max(static point => point.EndLine));
    }

    public void Dispose()
    {
        Module.Dispose();
        _resolver.Dispose();
    }

    // Field initialisers run before the call of the base constructor and stand anywhere in the file.
    private static int AfterBaseCall(MethodDefinition constructor) => constructor.Body.Instructions
        .FirstOrDefault(static step => step.OpCode == OpCodes.Call && step.Operand is MethodReference { Name: ".ctor" })?.Offset + 1 ?? int.MaxValue;
}
