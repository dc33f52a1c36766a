using KmsPS.Engine;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Tests.Architecture;

/// <summary>Nothing is forgotten: each operation has its row, its class, its method at the front desk and in both sessions, and a test.</summary>
public sealed class CompletenessTests
{
    public static TheoryData<KmsOperation> Operations => [.. Enum.GetValues<KmsOperation>()];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Each_operation_has_its_row(KmsOperation verb) => Assert.Equal(verb, OperationTable.Of(verb).Verb);

    [Theory]
    [MemberData(nameof(Operations))]
    public void Each_operation_has_a_class_of_its_name(KmsOperation verb) =>
        Assert.Contains(typeof(OperationTable).Assembly.GetTypes(), type => type.Namespace == typeof(OperationTable).Namespace && type.Name == $"{verb}");

    [Theory]
    [MemberData(nameof(Operations))]
    public void Each_operation_has_a_method_at_the_front_desk_and_in_a_session(KmsOperation verb)
    {
        Assert.NotNull(typeof(KmsEngine).GetMethod($"{verb}Async"));
        Assert.NotNull(typeof(IKms).GetMethod($"{verb}Async"));
    }

    [Fact]
    public void Audit_names_are_unique() => Verdict.None(
        OperationTable.Rows.GroupBy(static row => row.AuditName).Where(static rows => rows.Count() > 1).Select(static rows => rows.Key),
        "an audit line must say which operation it was.");
}
