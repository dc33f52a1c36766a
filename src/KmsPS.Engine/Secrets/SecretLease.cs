namespace KmsPS.Engine.Secrets;

/// <summary>A window on a secret for the length of one block: it cannot be boxed, captured or awaited across.</summary>
public ref struct SecretLease
{
    private SecretBytes.Block? _block;

    internal SecretLease(SecretBytes.Block block) => _block = block;

    /// <summary>The plaintext bytes. Do not copy them into anything that is not zeroed.</summary>
    public readonly ReadOnlySpan<byte> Span => _block is { } block ? block.Bytes : default;

    /// <summary>What is kept beside the secret (<see cref="SecretBytes.Derive"/>); empty where there is nothing.</summary>
    internal readonly ReadOnlySpan<byte> Derived => _block is { } block ? block.Derived : default;

    /// <summary>Closes the window; where it was the last holder, the bytes are zeroed.</summary>
    public void Dispose()
    {
        SecretBytes.Block? block = _block;
        _block = null;
        block?.Release();
    }
}
