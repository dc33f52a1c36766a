using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Operations;

/// <summary>A key to be rolled.</summary>
/// <param name="Key">The key.</param>
/// <param name="Material">Given material, still owned by the caller, or <see langword="null"/>.</param>
/// <param name="ExpectedCurrent">Roll only while this is the current version.</param>
public readonly record struct RollRequest(KeyName Key, SecretBytes? Material = null, KeyVersionName? ExpectedCurrent = null);

/// <summary>Makes a new current version.</summary>
internal sealed class RollNewVersion(IKeyProvider store) : IOperation<RollRequest, KeyVersion>
{
    public KmsOperation Verb => KmsOperation.RollNewVersion;

    public AccessDemand Demand(in RollRequest request) => new(request.Key.Value, request.Material is not null);

    public ValueTask<KeySubjects> SubjectsAsync(RollRequest request, CancellationToken cancellationToken) => new(new KeySubjects(One: request.Key));

    // SOURCE: Hadoop KMS.rolloverKey asks its list before it looks whether a key was named.
    public ValueTask<KeyVersion> ExecuteAsync(RollRequest request, CancellationToken cancellationToken) => request.Key.Value.Length == 0
        ? throw KeyFaults.EmptyName()
        : store.RollAsync(request.Key, request.Material, request.ExpectedCurrent, cancellationToken);

    public AuditNote Describe(in RollRequest request, KeyVersion result) =>
        new(request.Key.Value, result.Name.Value, $"UserProvidedMaterial:{(request.Material is null ? "false" : "true")} NewVersion:{result.Name.Value}");

    public KeyVersion HideMaterial(KeyVersion result)
    {
        using (result)
        {
            return result.WithoutMaterial();
        }
    }
}
