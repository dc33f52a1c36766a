using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Fakes;

/// <summary>What a store acknowledged, so that a test can ask for all of it again.</summary>
public static class ProviderHistory
{
    /// <summary>A version's material as lower-case hexadecimal digits, for comparison.</summary>
    public static string Hex(KeyVersion version)
    {
        if (version.Material is not { } material)
        {
            return "(hidden)";
        }

        using SecretLease lease = material.Open();
        return Convert.ToHexStringLower(lease.Span);
    }
}
