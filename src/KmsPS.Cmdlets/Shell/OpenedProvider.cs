using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A provider that answered.</summary>
/// <param name="Kms">What it does.</param>
/// <param name="User">Who asks over it.</param>
/// <param name="SignIn">How that was proved: <c>process</c>, <c>simple</c>, <c>kerberos</c>, <c>certificate</c> or <c>token</c>.</param>
internal sealed record OpenedProvider(IKms Kms, string User, string SignIn)
{
    /// <summary>Who acts for <see cref="User"/>, where somebody does.</summary>
    public string? RealUser { get; init; }
}
