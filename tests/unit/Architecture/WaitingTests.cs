using System.Runtime.CompilerServices;
using Mono.Cecil;

namespace KmsPS.Tests.Architecture;

/// <summary>No hidden waiting: nothing blocks on a task, every asynchronous method can be cancelled, nothing static changes.</summary>
public sealed class WaitingTests
{
    // Who may block, and why.
    private static readonly Dictionary<string, string> MayBlock = new()
    {
        ["KmsPS.Cmdlets.Shell.KmsCmdlet.Run"] = "the one bridge from the pipeline thread to tasks",
    };

    // Which static field may change, and why.
    private static readonly Dictionary<string, string> MayChange = new()
    {
        ["KmsPS.Cmdlets.Shell.KmsSession.Sessions"] = "PowerShell makes the cmdlets; a weak table by runspace is the only way to what the runspace owns",
        ["KmsPS.Engine.Secrets.SecretSlot.Small"] = "places for secrets that wait to be used again: nothing can be seen of it, and a pinned array for each data key would cost a full collection",
        ["KmsPS.Engine.Secrets.SecretSlot.Large"] = "the same for expanded keys",
    };

    [Fact]
    public void Nothing_blocks_on_a_task()
    {
        using Built engine = Built.Engine();
        using Built server = Built.Server();
        using Built cmdlets = Built.Cmdlets();
        Verdict.None(
            from method in engine.Methods().Concat(server.Methods()).Concat(cmdlets.Methods())
            where !IsStateMachine(method) && !MayBlock.Keys.Any(Built.Written(method).EndsWith)
            let calls = Built.Calls(method).ToArray()
            from call in calls
            where Blocks(call) && !(call.Name == "get_Result" && calls.Any(static other => other.Name == "get_IsCompletedSuccessfully"))
            select $"{Built.Written(method)} calls {call.DeclaringType.GetElementType().Name}.{call.Name}",
            "await it. A value that is there already may be taken after IsCompletedSuccessfully was asked in the same method.");
    }

    [Fact]
    public void Every_public_asynchronous_method_takes_a_token_last_and_without_a_default()
    {
        using Built engine = Built.Engine();
        Verdict.None(
            from type in engine.Types()
            where (type.IsPublic || type.IsNestedPublic) && type.BaseType?.FullName != typeof(MulticastDelegate).FullName
            from method in type.Methods
            where method.IsPublic && method.Name is not ("DisposeAsync" or "GetAsyncEnumerator" or "MoveNextAsync") && IsAsynchronous(method.ReturnType)
            let last = method.Parameters.LastOrDefault()
            where last?.ParameterType.FullName != typeof(CancellationToken).FullName || last.IsOptional
            select $"{type.FullName}.{method.Name}",
            "add 'CancellationToken cancellationToken' as the last parameter, without a default: forgetting it must not compile.");
    }

    [Fact]
    public void Nothing_static_changes()
    {
        using Built engine = Built.Engine();
        using Built server = Built.Server();
        using Built cmdlets = Built.Cmdlets();
        string[] mutable = ["List`1", "Dictionary`2", "HashSet`1", "ConcurrentDictionary`2", "ConcurrentQueue`1", "ConditionalWeakTable`2", "StringBuilder", "SecretSlabs"];
        Verdict.None(
            from type in engine.Types().Concat(server.Types()).Concat(cmdlets.Types())
            where !IsGenerated(type)
            from field in type.Fields
            where field.IsStatic && !field.IsLiteral && !field.Name.StartsWith('<')
            where !field.IsInitOnly || mutable.Contains(field.FieldType.GetElementType().Name)
            where !MayChange.ContainsKey($"{type.FullName}.{field.Name}")
            select $"{type.FullName}.{field.Name}",
            "give it to an object that somebody owns; read-only tables are FrozenDictionary, FrozenSet or arrays that never leave.");
    }

    private static bool Blocks(MethodReference call) => (call.DeclaringType.GetElementType().FullName, call.Name) switch
    {
        ("System.Threading.Tasks.Task", "Wait" or "WaitAll" or "WaitAny") => true,
        ("System.Threading.Tasks.Task`1" or "System.Threading.Tasks.ValueTask`1", "get_Result") => true,
        (string type, "GetResult") => type.Contains("Awaiter", StringComparison.Ordinal),
        ("System.Threading.Thread", "Sleep") => true,
        _ => false,
    };

    private static bool IsAsynchronous(TypeReference type) => type.GetElementType().FullName is
        "System.Threading.Tasks.Task" or "System.Threading.Tasks.Task`1" or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask`1"
        or "System.Collections.Generic.IAsyncEnumerable`1";

    private static bool IsStateMachine(MethodDefinition method) => method.DeclaringType.Interfaces
        .Any(static each => each.InterfaceType.FullName == typeof(IAsyncStateMachine).FullName);

    private static bool IsGenerated(TypeDefinition type) => type.Name.StartsWith('<') || type.FullName.Contains("/<", StringComparison.Ordinal)
        || type.CustomAttributes.Any(static each => each.AttributeType.Name is "GeneratedCodeAttribute" or "CompilerGeneratedAttribute");
}
