using System.Security.Cryptography;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Gives out the numbers by which a store tells a key from an earlier one of its name; each is bound into every seal of its key. They
/// rise, and no process gives one twice; two processes give the same one hardly ever, which the tables then refuse.
/// </summary>
/// <remarks>
/// Random numbers would tell keys apart as well. But indexes begin with them, and each new key would change a page of those anywhere, which
/// has to be read, logged and written back: the more, the more keys there are.
/// </remarks>
/// <param name="time">The clock. Where it goes back, numbers go on.</param>
internal sealed class Incarnations(TimeProvider time)
{
    private const int TagBits = 12;
    private const int CountBits = 10;

    // Milliseconds from here have 41 bits until 2095.
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly long _tag = (long)RandomNumberGenerator.GetInt32(1 << TagBits) << CountBits;
    private long _last = long.MinValue;

    /// <summary>The next number: milliseconds, this process's 12 random bits, and a count.</summary>
    internal long Next()
    {
        long now = ((long)(time.GetUtcNow() - Begin).TotalMilliseconds << (TagBits + CountBits)) | _tag;
        long last = Volatile.Read(ref _last);
        while (true)
        {
            long next = Math.Max(now, last + 1);
            long before = Interlocked.CompareExchange(ref _last, next, last);
            if (before == last)
            {
                return next;
            }

            last = before;
        }
    }
}
