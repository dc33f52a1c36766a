using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Authentication;

/// <summary>A delegation token that cannot be used. The text names the Java class that a stock server names.</summary>
/// <param name="message">The text, such as <c>java.io.EOFException</c>.</param>
/// <param name="isNonsense">Whether it is no token at all, its lengths being impossible.</param>
internal sealed class TokenFormatException(string message, bool isNonsense)
    : KmsException(ErrorKind.AuthenticationFailed, message, "Ask for a new delegation token.")
{
    /// <summary>Whether it is no token at all.</summary>
    public bool IsNonsense { get; } = isNonsense;
}
