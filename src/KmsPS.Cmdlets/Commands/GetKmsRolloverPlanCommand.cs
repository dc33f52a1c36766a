using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Shows which keys are rolled or deleted by themselves, when and why.</summary>
[Cmdlet(VerbsCommon.Get, "KmsRolloverPlan")]
[OutputType(typeof(KmsRolloverPlan))]
public sealed class GetKmsRolloverPlanCommand : KmsProviderCmdlet
{
    /// <summary>Names, or patterns with wildcards; all keys without it.</summary>
    [Parameter(Position = 0)]
    [Alias("KeyName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only what is due by then, counted from now; what has no time is left out.</summary>
    [Parameter]
    [Age]
    public TimeSpan? Within { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        WildcardPattern[]? patterns = Name is null ? null : [.. Name.Select(static text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))];
        Pump(connection.Info.Name, async (output, stop) =>
        {
            IAsyncEnumerable<PlannedChange> plan = await kms.GetRolloverPlanAsync(new PlanQuery(Within), stop).ConfigureAwait(false);
            await foreach (PlannedChange change in plan.WithCancellation(stop).ConfigureAwait(false))
            {
                if (patterns is null || patterns.Any(pattern => pattern.IsMatch(change.Key.Name.Value)) || Name!.Contains(change.Key.Name.Value, StringComparer.Ordinal))
                {
                    await output.WriteAsync(new KmsRolloverPlan(change, connection.Info.Name), stop).ConfigureAwait(false);
                }
            }
        });
    }
}
