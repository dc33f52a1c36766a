namespace KmsPS.Engine.Audit;

/// <summary>Accesses that differ in nothing but the instant: one part of an aggregate.</summary>
/// <param name="RealUser">Who signed in, where the user is impersonated or named by a proxy's token.</param>
/// <param name="Address">Address of the socket's other end.</param>
/// <param name="Method">HTTP method, or a cmdlet's name.</param>
/// <param name="Version">The key version used.</param>
/// <param name="Accesses">Number of requests.</param>
/// <param name="Keys">Number of keys or EEKs in them.</param>
public readonly record struct AccessShare(string? RealUser, string? Address, string? Method, string? Version, long Accesses, long Keys)
{
    internal bool IsLike(string? realUser, string? address, string? method, string? version) =>
        Version == version && Address == address && RealUser == realUser && Method == method;
}
