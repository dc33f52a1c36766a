using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>A principal that has no short name.</summary>
public sealed class NameRuleException : KmsException
{
    /// <param name="javaClass">The class that a stock server names in front of the text.</param>
    /// <param name="message">Hadoop's text.</param>
    /// <param name="inner">What the rule met.</param>
    public NameRuleException(string javaClass, string message, Exception? inner = null)
        : base(ErrorKind.AuthenticationFailed, message, "Correct hadoop.kms.authentication.kerberos.name.rules or hadoop.security.auth_to_local.", isTransient: false, inner) => JavaClass = javaClass;

    /// <summary>The class that a stock server names: its page says <c>JavaClass: Message</c>.</summary>
    public string JavaClass { get; }

    internal static NameRuleException NoMatch(string message) => new("org.apache.hadoop.security.authentication.util.KerberosName$NoMatchingRule", message);

    internal static NameRuleException BadFormat(string message) => new("org.apache.hadoop.security.authentication.util.KerberosName$BadFormatString", message);
}
