using System.Net;

namespace KmsPS.Engine.Authentication;

/// <summary>What a request says of who sent it, as it was received.</summary>
/// <param name="Method">The request's method; a token operation demands a certain one, and OPTIONS is never one.</param>
/// <param name="Cookie">Value of the sign-in cookie; <see langword="null"/> for none, empty for an empty one.</param>
/// <param name="TokenHeader">The delegation token of the header; <see langword="null"/> for none, empty for an empty one.</param>
/// <param name="Authorization">The first <c>Authorization</c> header.</param>
/// <param name="Parameters">The query's parameters.</param>
/// <param name="Address">Address of the socket's other end.</param>
/// <param name="Path">The path as it was sent.</param>
/// <param name="Certificate">Whom the connection's client certificate stands for; <see langword="null"/> for nobody.</param>
public readonly record struct Credentials(string Method, string? Cookie, string? TokenHeader, string? Authorization, SignInParameters Parameters, IPAddress? Address, string? Path = null, CertificateUser? Certificate = null);

/// <summary>Whom a client certificate stands for, as the rules say.</summary>
/// <param name="Name">The user.</param>
/// <param name="GoodUntil">When the certificate ends, milliseconds since 1970.</param>
public sealed record CertificateUser(string Name, long GoodUntil);
