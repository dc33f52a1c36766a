using System.Text.RegularExpressions;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Operations;

/// <summary>How the answers of the access lists are applied, and what holds for every request beside them.</summary>
/// <param name="KeyAuthorization">Whether key lists are asked: <c>hadoop.kms.key.authorization.enable</c>.</param>
/// <param name="IsPermissive">Whether what the lists refuse is written down, counted and done all the same: <c>kmsps.acl.mode</c>.</param>
/// <param name="FiltersKeys">Whether listings leave out keys on which the caller has no right at all: <c>kmsps.acl.filter.keys</c>.</param>
public sealed record AccessPolicy(bool KeyAuthorization, bool IsPermissive = false, bool FiltersKeys = false)
{
    /// <summary>What the whole of a new key's name must match, <c>kmsps.key.name.pattern</c>; <see langword="null"/> for anything.</summary>
    public Regex? NamePattern { get; init; }

    /// <summary>Most EEKs made or re-encrypted in one request, <c>kmsps.eek.max.count</c>. Default 10,000; a stock client asks for 500.</summary>
    public int MaxEeks { get; init; } = 10_000;

    /// <summary>Least time between the planning of a deletion and the deletion: <c>kmsps.key.deletion.wait.days</c>, 7 days.</summary>
    public TimeSpan DeletionWait { get; init; } = DefaultDeletionWait;

    /// <summary>The least time where nothing is set.</summary>
    public static TimeSpan DefaultDeletionWait { get; } = TimeSpan.FromDays(7);

    /// <summary>How old current versions may become: <c>kmsps.rollover.rules</c>.</summary>
    public RolloverPolicy Rollover { get; init; } = RolloverPolicy.None;

    /// <summary>Whether a listing is filtered: where key lists withhold nothing, nothing is left out.</summary>
    public bool HidesKeys => FiltersKeys && KeyAuthorization && !IsPermissive;
}
