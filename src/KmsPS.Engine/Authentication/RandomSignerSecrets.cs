using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// 32 random bytes of this process, rolled every lifetime of a cookie; the previous ones stay accepted. What is used where no store
/// keeps the secret for several servers. SOURCE: Hadoop RandomSignerSecretProvider.
/// </summary>
internal sealed class RandomSignerSecrets : ISignerSecrets
{
    private const int Length = 32;

    private readonly TimeProvider _time;
    private readonly TimeSpan _lifetime;
    private readonly Lock _lock = new();
    private Period _period;
    private SecretBytes? _retired;

    /// <param name="time">The clock.</param>
    /// <param name="lifetime">How long a secret signs.</param>
    public RandomSignerSecrets(TimeProvider time, TimeSpan lifetime)
    {
        _time = time;
        _lifetime = lifetime;
        SecretBytes first = SecretBytes.Random(Length);
        _period = new Period(new SignerSecretSet(first, [first]), time.GetUtcNow() + lifetime);
    }

    /// <inheritdoc/>
    public SignerSecretSet Current
    {
        get
        {
            Period period = Volatile.Read(ref _period);
            return _time.GetUtcNow() < period.Ends ? period.Secrets : Roll();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SecretBytes secret in _period.Secrets.Accepted)
        {
            secret.Dispose();
        }

        _retired?.Dispose();
    }

    private SignerSecretSet Roll()
    {
        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            Period old = _period;
            if (now < old.Ends)
            {
                return old.Secrets;
            }

            // Somebody may be verifying with what is dropped now, so it is cleared one turn later.
            _retired?.Dispose();
            _retired = old.Secrets.Accepted.Count > 1 ? old.Secrets.Accepted[1] : null;
            SecretBytes fresh = SecretBytes.Random(Length);
            Period next = new(new SignerSecretSet(fresh, [fresh, old.Secrets.Signing]), now + _lifetime);
            Volatile.Write(ref _period, next);
            return next.Secrets;
        }
    }

    private sealed record Period(SignerSecretSet Secrets, DateTimeOffset Ends);
}
