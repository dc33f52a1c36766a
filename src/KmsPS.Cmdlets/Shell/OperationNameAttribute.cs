using System.Collections.Frozen;
using System.Management.Automation;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Lets operations be written as access lists spell them: <c>DECRYPT_EEK</c>, <c>ROLLOVER</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OperationNameAttribute : ArgumentTransformationAttribute
{
    private static readonly FrozenDictionary<string, string> Short = new Dictionary<string, string>
    {
        ["CREATE"] = "CreateKey",
        ["DELETE"] = "DeleteKey",
        ["ROLLOVER"] = "RollNewVersion",
        ["GET"] = "GetCurrentKey",
        ["UNDELETE"] = "RestoreKey",
        ["PURGE"] = "PurgeKey",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        string text => One(text),
        object[] several => several.Select(static each => (each is PSObject one ? one.BaseObject : each) is string text ? One(text) : each).ToArray(),
        _ => inputData,
    };

    /// <summary>The name of an operation, written in either spelling.</summary>
    internal static string One(string text) => Short.GetValueOrDefault(text) ?? text.Replace("_", "", StringComparison.Ordinal);
}
