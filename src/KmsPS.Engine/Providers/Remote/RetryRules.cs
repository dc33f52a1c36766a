namespace KmsPS.Engine.Providers.Remote;

/// <summary>What a failed attempt says about trying elsewhere.</summary>
public enum FailureClass
{
    /// <summary>A definite answer: another server would say the same.</summary>
    Final,

    /// <summary>The request never reached a server.</summary>
    NotSent,

    /// <summary>The request may have been carried out.</summary>
    Uncertain,
}

/// <summary>
/// Whether and when a failed request is tried again. Pure. SOURCE: Hadoop LoadBalancingKMSClientProvider.doOp and
/// RetryPolicies.failoverOnNetworkException.
/// </summary>
/// <param name="Servers">Number of servers.</param>
/// <param name="MaxRetries">Failures after which nothing is tried again.</param>
/// <param name="SleepBase">First pause after a whole round.</param>
/// <param name="SleepMax">Longest pause, before the lot is drawn.</param>
/// <param name="ResendsEverything">The stock rule: what may have been carried out is sent to every server once, also create, roll and delete.</param>
public sealed record RetryRules(int Servers, int MaxRetries, TimeSpan SleepBase, TimeSpan SleepMax, bool ResendsEverything)
{
    /// <summary>The pause before the next attempt, or <see langword="null"/> to give up.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="failures">Failures before this one.</param>
    /// <param name="isIdempotent">Whether doing it twice is the same as once.</param>
    /// <param name="lot">Drawn between 0 and 1.</param>
    public TimeSpan? PauseAfter(FailureClass failure, int failures, bool isIdempotent, double lot)
    {
        // "Fail" takes effect only once every server was asked. A request that may have happened is ours to keep out of that rule.
        bool allAsked = failures >= Servers - 1;
        bool mayGoOn = failure switch
        {
            FailureClass.NotSent => failures < MaxRetries || !allAsked,
            FailureClass.Uncertain when isIdempotent => failures < MaxRetries || !allAsked,
            FailureClass.Uncertain => ResendsEverything && !allAsked,
            _ => false,
        };
        if (!mayGoOn)
        {
            return null;
        }

        bool roundIsOver = (failures + 1) % Servers == 0;
        return roundIsOver && failure == FailureClass.NotSent && failures > 0 ? BackOff(failures, lot) : TimeSpan.Zero;
    }

    private TimeSpan BackOff(int failures, double lot)
    {
        double doubled = SleepBase.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 30));
        return TimeSpan.FromMilliseconds(Math.Min(doubled, SleepMax.TotalMilliseconds) * (0.5 + lot));
    }
}
