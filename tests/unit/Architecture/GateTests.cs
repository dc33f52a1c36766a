using Mono.Cecil;

namespace KmsPS.Tests.Architecture;

/// <summary>One gate, and one pen: who asks for access, who executes, who writes keys, who writes the trail.</summary>
public sealed class GateTests
{
    private const string Engine = "KmsPS.Engine";
    private const string Pipeline = "KmsPS.Engine.Operations.OperationPipeline";

    [Fact]
    public void Only_the_pipeline_asks_for_access() => Forbid(
        static call => call.DeclaringType.FullName == $"{Engine}.Acl.AccessRequest" && call.Name == ".ctor",
        static place => place == Pipeline || place.StartsWith($"{Engine}.Acl.", StringComparison.Ordinal),
        "constructs an AccessRequest",
        "demand it in the operation's Demand or SubjectsAsync; the pipeline asks. Explanations belong to the room Acl.");

    [Fact]
    public void Only_the_pipeline_decides() => Forbid(
        static call => call.DeclaringType.FullName == $"{Engine}.Acl.AclSnapshot" && call.Name == "Decide",
        static place => place == Pipeline || place.StartsWith($"{Engine}.Acl.", StringComparison.Ordinal),
        "asks AclSnapshot.Decide",
        "run an operation through the pipeline, or explain through the room Acl.");

    [Fact]
    public void Only_the_pipeline_executes() => Forbid(
        static call => call.DeclaringType.GetElementType().Name == "IOperation`2" && call.Name == "ExecuteAsync",
        static place => place == Pipeline,
        "calls IOperation.ExecuteAsync",
        "use OperationPipeline.RunAsync, which decides and audits.");

    [Fact]
    public void Only_operations_and_stores_write_keys() => Forbid(
        static call => call.DeclaringType.FullName is $"{Engine}.Providers.IKeyWriter" or $"{Engine}.Providers.ISoftDelete" or $"{Engine}.Providers.IKeyLifecycle" && call.Name is not ("FindDeletedAsync" or "NoteUse"),
        static place => place.StartsWith($"{Engine}.Providers.", StringComparison.Ordinal) || place.StartsWith($"{Engine}.Operations.", StringComparison.Ordinal),
        "writes keys",
        "go through KmsEngine: there is no side door, and no change without a decision and a trace.");

    [Fact]
    public void Only_the_pipeline_and_the_front_door_write_the_trail() => Forbid(
        static call => call.DeclaringType.FullName == $"{Engine}.Audit.IAuditTrail" && call.Name is "WriteAsync" or "CountOkAsync",
        static place => place == Pipeline || place.StartsWith($"{Engine}.Audit.", StringComparison.Ordinal) || place.Contains(".FrontDoor", StringComparison.Ordinal) || place is "KmsPS.Server.RestApi" or "KmsPS.Server.Admin.AccessEndpoints",
        "writes to the audit trail",
        "an operation returns an AuditNote; what happens before an operation is known is written by the server's FrontDoor, or by RestApi once the caller is known; a question about the rules is no operation, and AccessEndpoints writes it.");

    private static void Forbid(Func<MethodReference, bool> isForbidden, Func<string, bool> mayDoIt, string what, string remedy)
    {
        using Built engine = Built.Engine();
        using Built server = Built.Server();
        using Built cmdlets = Built.Cmdlets();
        Verdict.None(
            from method in engine.Methods().Concat(server.Methods()).Concat(cmdlets.Methods())
            where !mayDoIt(Built.Outermost(method.DeclaringType).FullName) && Built.Calls(method).Any(isForbidden)
            select $"{Built.Written(method)} {what}",
            remedy);
    }
}
