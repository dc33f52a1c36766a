using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Server;

/// <summary>Says why a start failed.</summary>
internal static class Failure
{
    /// <summary>Cause, file and line where there are any, and the remedy, in one line.</summary>
    public static string Sentence(Exception failure)
    {
        string cause = failure.Message.TrimEnd('.', ' ');
        return Printable.Text(failure is KmsException { Remedy: { } remedy } ? $"{cause}. {remedy}" : $"{cause}.");
    }
}
