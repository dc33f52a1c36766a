using System.Management.Automation;
using System.Security;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// Takes key material from the command line: a <c>byte[]</c> or a <see cref="SecureString"/>. A plain string is refused: it would stay
/// in the history, and nobody could tell text from Base64.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MaterialAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        KmsMaterial material => material,
        SecureString secure => new KmsMaterial(secure),
        byte[] bytes => new KmsMaterial(bytes),
        object[] numbers when LanguagePrimitives.TryConvertTo(numbers, out byte[] bytes) => new KmsMaterial(bytes),
        _ => throw new ArgumentTransformationMetadataException("Key material is a byte[], or a SecureString with Base64 text (Read-Host -AsSecureString). A plain string is not taken."),
    };
}
