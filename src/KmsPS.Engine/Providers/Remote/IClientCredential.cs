namespace KmsPS.Engine.Providers.Remote;

/// <summary>How a client proves who it is, on a request that carries no cookie of an earlier sign-in.</summary>
public interface IClientCredential
{
    /// <summary>What it is called in messages.</summary>
    string Name { get; }

    /// <summary>Whether another try with the same credential can succeed where the first was refused.</summary>
    bool CanBeRepeated { get; }

    /// <summary>The query parameter that goes with the request, encoded, or <see langword="null"/>.</summary>
    string? Query { get; }

    /// <summary>Begins a sign-in to one server.</summary>
    /// <exception cref="Errors.KmsException">There is nothing to sign in with, a Kerberos ticket for instance.</exception>
    ISignIn Begin(Uri server);
}

/// <summary>One sign-in: a header for the request, then a look at the answer.</summary>
public interface ISignIn : IDisposable
{
    /// <summary>The header's name, or <see langword="null"/> where none is needed.</summary>
    string? Header { get; }

    /// <summary>The header's value.</summary>
    string? Value { get; }

    /// <summary>Checks what the server said of itself.</summary>
    /// <param name="challenge">Value of its <c>WWW-Authenticate: Negotiate</c> header, or <see langword="null"/>.</param>
    /// <exception cref="Errors.KmsException">The server could not prove who it is.</exception>
    void Finish(string? challenge);
}
