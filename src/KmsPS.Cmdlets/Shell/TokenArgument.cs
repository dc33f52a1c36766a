using System.Management.Automation;
using System.Net;
using System.Security;
using KmsPS.Engine.Errors;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Reads what a cmdlet was given for a delegation token: the object, its text, a SecureString with its text, or a file.</summary>
internal static class TokenArgument
{
    /// <summary>The token.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="fullPath">Completes a path as the shell would.</param>
    /// <exception cref="ShellException"><c>TokenInvalid</c>, or what is wrong with the file.</exception>
    internal static KmsDelegationToken Read(object given, Func<string, string> fullPath)
    {
        PSObject wrapped = PSObject.AsPSObject(given);
        return wrapped.BaseObject switch
        {
            KmsDelegationToken token => token,
            SecureString secure => OfText(new NetworkCredential("", secure).Password),
            FileInfo file => OfText(SecretTextFile.Read(file.FullName, "delegation token")),
            string text => OfText(IsPath(text, fullPath) ? SecretTextFile.Read(fullPath(text), "delegation token") : text.Trim()),
            _ when wrapped.TypeNames.Contains("Deserialized." + typeof(KmsDelegationToken).FullName) =>
                throw Invalid("This is the description of a delegation token; the token itself does not travel in objects that were written down", "Carry its text: Get-KmsDelegationToken -AsPlainText or -AsSecureString, or a file of New-KmsDelegationToken -Path."),
            _ => throw Invalid($"A {wrapped.BaseObject.GetType().Name} is no delegation token", "Give the object, its text, a SecureString with its text, or the path of a file."),
        };
    }

    // A token has dozens of letters of one alphabet, to which neither '.' nor '/' belongs.
    private static bool IsPath(string text, Func<string, string> fullPath) =>
        text.Length < 1024 && (text.AsSpan().ContainsAny('/', '\\', '.') || text.Length < 40) && File.Exists(fullPath(text));

    private static KmsDelegationToken OfText(string text)
    {
        try
        {
            return new KmsDelegationToken(text, "");
        }
        catch (KmsException malformed) when (malformed is not ShellException)
        {
            throw Invalid(malformed.Message, "Give the text that New-KmsDelegationToken answered, whole, or the path of a file that exists.", malformed);
        }
    }

    private static ShellException Invalid(string message, string remedy, Exception? inner = null) => new("TokenInvalid", ErrorCategory.InvalidArgument, message, remedy, inner);
}
