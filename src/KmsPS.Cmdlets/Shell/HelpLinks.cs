namespace KmsPS.Cmdlets.Shell;

/// <summary>Where <c>Get-Help -Online</c> leads.</summary>
internal static class HelpLinks
{
    /// <summary>The folder of the pages.</summary>
    internal const string Base = "https://github.com/kmsps/kmsps/blob/main/docs/help/";
}
