using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Authentication;

/// <summary>The secrets in force at one time. Replaced as a whole when they roll.</summary>
/// <param name="Signing">What new cookies are signed with.</param>
/// <param name="Accepted">What cookies are verified against, <paramref name="Signing"/> among them.</param>
internal sealed record SignerSecretSet(SecretBytes Signing, IReadOnlyList<SecretBytes> Accepted);

/// <summary>Where the secret that signs cookies comes from.</summary>
internal interface ISignerSecrets : IDisposable
{
    /// <summary>The secrets in force now: one volatile read and a look at the clock.</summary>
    SignerSecretSet Current { get; }
}
