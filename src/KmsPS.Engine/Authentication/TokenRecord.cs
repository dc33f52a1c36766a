namespace KmsPS.Engine.Authentication;

/// <summary>A token as this server knows it. Shared by everything that was verified with it.</summary>
internal sealed class TokenRecord(TokenIdentifier identifier, long renewDate, long revision)
{
    private long _renewDate = renewDate;
    private volatile bool _isCancelled;

    internal TokenIdentifier Identifier { get; } = identifier;

    /// <summary>Milliseconds since 1970 until which it may be used.</summary>
    internal long RenewDate
    {
        get => Volatile.Read(ref _renewDate);
        set => Volatile.Write(ref _renewDate, value);
    }

    internal bool IsCancelled
    {
        get => _isCancelled;
        set => _isCancelled = value;
    }

    /// <summary>Revision of its row; touched only where tokens are changed.</summary>
    internal long Revision { get; set; } = revision;
}
