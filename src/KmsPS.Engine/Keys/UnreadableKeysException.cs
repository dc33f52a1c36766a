using System.Globalization;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Keys;

/// <summary>
/// Keys that a listing could not read. It is thrown behind all keys that could be read: one damaged row keeps no other key out of the
/// listing, and nobody who reads it to the end takes it for whole.
/// </summary>
/// <remarks>
/// An exception, and not a listing of results: whoever lists keys to work on them (a plan, a scheduler, a move) is right without a line
/// about damage, because an exception that is not looked at ends the work with an error, and a result that is not looked at is a key left
/// out. Whoever can go on catches it and tells each of <see cref="Failures"/>.
/// </remarks>
public sealed class UnreadableKeysException : KmsException
{
    /// <param name="place">The store.</param>
    /// <param name="failures">One for each key; its subject is the key's name where that is known.</param>
    public UnreadableKeysException(string place, IReadOnlyList<KmsException> failures)
        : base(failures[0].Kind, Text(place, failures), "Test-KmsKeyStore -Deep names every row or entry that is wrong. Repair-KmsKeyStore puts right what can be in a database; the rest is in a backup.", isTransient: false, failures[0]) =>
        (Place, Failures, Subject) = (place, failures, place);

    private UnreadableKeysException(string place, int count, ErrorKind kind)
        : this(place, [.. Enumerable.Repeat(new KmsException(kind, $"A key in {place} cannot be read, and whether you may see it is not known", "Ask the administrator to run Test-KmsKeyStore -Deep.") { Subject = place }, count)])
    {
    }

    /// <summary>The store.</summary>
    public string Place { get; }

    /// <summary>Why, for each key.</summary>
    public IReadOnlyList<KmsException> Failures { get; }

    /// <summary>The same for callers who may not learn every name: how many, and not which.</summary>
    internal UnreadableKeysException WithoutNames() => new(Place, Failures.Count, Kind);

    /// <summary>Ends a listing: throws where a key could not be read.</summary>
    internal static void ThrowIfAny(string place, IReadOnlyList<KmsException> failures)
    {
        if (failures.Count > 0)
        {
            throw new UnreadableKeysException(place, failures);
        }
    }

    private static string Text(string place, IReadOnlyList<KmsException> failures) => failures.Count == 1
        ? failures[0].Message
        : string.Create(CultureInfo.InvariantCulture, $"{failures.Count} keys in {place} cannot be read; the first: {failures[0].Message}");
}
