namespace KmsPS.Engine.State;

/// <summary>A key store whose database also keeps what servers share. With any other, a server keeps a state database of its own.</summary>
public interface IStateHolder
{
    /// <summary>The shared state; it lives as long as the store it came from.</summary>
    IStateStore State { get; }
}
