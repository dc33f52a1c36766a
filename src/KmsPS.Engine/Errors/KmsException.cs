namespace KmsPS.Engine.Errors;

/// <summary>
/// A refused or failed request. <see cref="Exception.Message"/> says what happened and to which key, in Hadoop's words where a
/// stock client can see them; <see cref="Remedy"/> says what to do next. Neither ever carries a secret.
/// </summary>
public class KmsException : Exception
{
    /// <param name="kind">What the failure is, for tables and for <c>catch … when</c>.</param>
    /// <param name="message">What happened, to which key, file or line.</param>
    /// <param name="remedy">What to do next, as one sentence; <see langword="null"/> where the message says it already.</param>
    /// <param name="isTransient">Whether the same request may succeed later without any change.</param>
    /// <param name="inner">What the world threw, wrapped once.</param>
    public KmsException(ErrorKind kind, string message, string? remedy = null, bool isTransient = false, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Remedy = remedy;
        IsTransient = isTransient;
    }

    /// <summary>What the failure is.</summary>
    public ErrorKind Kind { get; }

    /// <summary>What to do next.</summary>
    public string? Remedy { get; }

    /// <summary>Whether trying again later may help.</summary>
    public bool IsTransient { get; }

    /// <summary>What the error is about (a key name, a path), for an error record's target.</summary>
    public string? Subject { get; init; }

    /// <summary>Whether a key's own list refused: a stock server reports that differently from an operation's refusal.</summary>
    public bool IsKeyLevel { get; init; }
}
