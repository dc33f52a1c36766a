namespace KmsPS.Engine.Identity;

/// <summary>How a caller proved who it is.</summary>
public enum AuthenticationMethod
{
    /// <summary>By a <c>user.name</c> parameter: nothing was proved.</summary>
    Simple,

    /// <summary>By a Kerberos ticket.</summary>
    Kerberos,

    /// <summary>By a delegation token.</summary>
    Token,

    /// <summary>By a TLS client certificate.</summary>
    Certificate,

    /// <summary>By being the process's own account: an embedded engine.</summary>
    Process,
}

/// <summary>Who asks, with the groups it was in when it was identified. Made once a sign-in, shared by its requests.</summary>
/// <param name="ShortName">After <c>auth_to_local</c>; access lists speak of this one.</param>
/// <param name="FullName">Before it: the principal, or the name as given. Audit lines carry this one.</param>
/// <param name="Method">How it was proved.</param>
/// <param name="Groups">Groups of <see cref="ShortName"/>.</param>
/// <param name="RealCaller">Who signed in, where this caller is impersonated (doAs) or named by a proxy's token.</param>
public sealed record Caller(string ShortName, string FullName, AuthenticationMethod Method, NameSet Groups, Caller? RealCaller = null)
{
    /// <summary>The full name.</summary>
    public override string ToString() => FullName;
}
