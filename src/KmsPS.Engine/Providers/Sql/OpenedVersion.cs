using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>A version's row, opened, with what its key's row says.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Name">Its own name.</param>
/// <param name="Number">Its place in the order.</param>
/// <param name="CreatedMs">When it was made.</param>
/// <param name="Material">The bytes.</param>
internal sealed record OpenedVersion(KeyRecord Key, string Name, int Number, long CreatedMs, SecretBytes Material) : IDisposable
{
    public void Dispose() => Material.Dispose();
}
