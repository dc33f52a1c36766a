using System.Management.Automation;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that destroys: it asks before each key, unless <c>-Force</c> or <c>-Confirm:$false</c> was given.</summary>
public abstract class DestructiveKeyCmdlet : KeyCmdlet
{
    /// <summary>Asks no questions, unless -Confirm is given too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Whether to go on with this key.</summary>
    private protected bool Confirmed(KeyName key, string action) => Confirmed(key.Value, action);

    /// <summary>Whether to go on with this key or version.</summary>
    private protected bool Confirmed(string target, string action)
    {
        // -Force without -Confirm means "no question"; -WhatIf still wins, as ShouldProcess itself decides it.
        bool asks = MyInvocation.BoundParameters.TryGetValue("Confirm", out object? confirm) && confirm is SwitchParameter { IsPresent: true };
        return Force && !asks && !IsWhatIf ? true : ShouldProcess(Printable.Text(target), action);
    }
}
