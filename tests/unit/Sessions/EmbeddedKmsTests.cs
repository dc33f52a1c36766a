using System.Reflection;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Sessions;

public sealed class EmbeddedKmsTests
{
    private readonly RecordingAudit _audit = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_session_offers_every_operation_of_the_engine()
    {
        IEnumerable<string> engine = Operations(typeof(KmsEngine), without: typeof(Call));
        IEnumerable<string> session = Operations(typeof(IKms), without: null);
        Assert.Equal(engine, session);
        Assert.Equal(OperationTable.Rows.Count + 1, session.Count());
    }

    [Fact]
    public async Task The_bound_caller_is_decided_and_audited()
    {
        await using EmbeddedKms alice = new(new KmsEngine(new MemoryKeyProvider(), FixedAcl.Open, _audit, TimeProvider.System, keyAuthorization: true), CallOf("alice", "New-KmsKey"));
        (await alice.CreateKeyAsync(NewKey.Default(KeyName.Parse("k1")), Stop)).Dispose();
        await alice.As(CallOf("bob", "Remove-KmsKey")).DeleteKeyAsync(KeyName.Parse("k1"), Stop);
        Assert.Equal(["alice New-KmsKey CREATE_KEY", "bob Remove-KmsKey DELETE_KEY"], _audit.Events.Select(static entry => $"{entry.User} {entry.Method} {entry.Operation}"));
    }

    [Fact]
    public async Task A_refusal_of_the_lists_reaches_the_session()
    {
        await using EmbeddedKms closed = new(new KmsEngine(new MemoryKeyProvider(), new FixedAcl(AclSnapshot.Empty), _audit, TimeProvider.System, keyAuthorization: true), CallOf("alice", "New-KmsKey"));
        await Assert.ThrowsAsync<AccessDeniedException>(async () => await closed.CreateKeyAsync(NewKey.Default(KeyName.Parse("k1")), Stop));
        Assert.Equal(AuditOutcome.Unauthorized, Assert.Single(_audit.Events).Outcome);
    }

    private static IEnumerable<string> Operations(Type type, Type? without) => type
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(static method => method.Name.EndsWith("Async", StringComparison.Ordinal))

        // A question about the rules is no operation: the engine answers with rules, a session with what a server may tell of them.
        .Where(static method => method.Name is not (nameof(KmsEngine.ReviewAccessAsync) or nameof(IKms.ExplainAccessAsync)))
        .Select(method => $"{method.ReturnType} {method.Name}({string.Join(", ", method.GetParameters().Select(static p => p.ParameterType).Where(p => p != without))})")
        .Order(StringComparer.Ordinal);

    private static Call CallOf(string user, string cmdlet) => new(new Caller(user, user, AuthenticationMethod.Process, NameSet.Empty), CallOrigin.Embedded(cmdlet));
}
