using System.Management.Automation;
using KmsPS.Engine.Errors;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A refusal that only the shell knows of: no such connection, a server that would not start.</summary>
internal sealed class ShellException : KmsException
{
    /// <param name="errorId">The error id that scripts catch.</param>
    /// <param name="category">PowerShell's category.</param>
    /// <param name="message">What happened, and to what.</param>
    /// <param name="remedy">What to do next.</param>
    /// <param name="inner">What the world threw.</param>
    internal ShellException(string errorId, ErrorCategory category, string message, string? remedy = null, Exception? inner = null)
        : base(ErrorKind.InvalidRequest, message, remedy, isTransient: false, inner)
    {
        ErrorId = errorId;
        Category = category;
    }

    /// <summary>The error id that scripts catch.</summary>
    internal string ErrorId { get; }

    /// <summary>PowerShell's category.</summary>
    internal ErrorCategory Category { get; }
}
