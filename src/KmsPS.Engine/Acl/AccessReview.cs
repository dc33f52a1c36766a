using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>One of the questions that an operation puts to the lists.</summary>
/// <param name="Name"><c>operation</c>, <c>material</c> (SET_KEY_MATERIAL, for a caller who brings it) or <c>key</c>.</param>
/// <param name="Explanation">Its answer with reasons.</param>
public sealed record ReviewedLayer(string Name, AccessExplanation Explanation);

/// <summary>
/// Everything that the lists say of one caller, operation and key: each layer that the pipeline asks, also the ones behind a refusal, so
/// that one look shows all that has to change. Made for people; nothing is executed.
/// </summary>
public sealed record AccessReview
{
    private AccessReview(AccessTrial trial, Caller caller, string? key, string? aclName, IReadOnlyList<ReviewedLayer> layers)
    {
        Verb = trial.Verb;
        Caller = caller;
        Key = key;
        AclName = aclName;
        Layers = layers;
    }

    /// <summary>What would be done.</summary>
    public KmsOperation Verb { get; }

    /// <summary>Who would ask, with the groups that were seen.</summary>
    public Caller Caller { get; }

    /// <summary>The key, where one was named.</summary>
    public string? Key { get; }

    /// <summary>The name that <c>key.acl.*</c> knows the key by.</summary>
    public string? AclName { get; }

    /// <summary>The layers, in the order in which the pipeline asks them.</summary>
    public IReadOnlyList<ReviewedLayer> Layers { get; }

    /// <summary>Whether every layer lets the caller in.</summary>
    public bool IsAllowed => Layers.All(static each => each.Explanation.IsAllowed);

    /// <summary>The layer that decides: the first that refuses, else the last.</summary>
    public ReviewedLayer Decider => Layers.FirstOrDefault(static each => !each.Explanation.IsAllowed) ?? Layers[^1];

    /// <summary>The smallest change that would turn the answer: what every refusing layer needs, or what the cheapest granting one does.</summary>
    public IReadOnlyList<AclEdit> Change => IsAllowed
        ? Layers.Select(static each => each.Explanation.Change).Where(static each => each.Count > 0).MinBy(static each => each.Count) ?? []
        : [.. Layers.Where(static each => !each.Explanation.IsAllowed).SelectMany(static each => each.Explanation.Change).Distinct()];

    /// <summary>Asks every layer.</summary>
    /// <param name="trial">The operation and its lists.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="caller">Who would ask.</param>
    /// <param name="key">The key's name, or <see langword="null"/> for the operation alone.</param>
    /// <param name="aclName">The name that access lists know the key by; the key's own without one.</param>
    /// <param name="givesMaterial">Whether the caller would bring the key's material.</param>
    public static AccessReview Make(AccessTrial trial, AclSnapshot rules, Caller caller, string? key, string? aclName = null, bool givesMaterial = false)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(rules);
        AccessRequest request = new(caller, trial.Operation, trial.Verb, key);
        AccessExplanation operation = AclExplainer.Explain(rules, request);
        if (!operation.IsAllowed && trial.Alternative is { } other && AclExplainer.Explain(rules, request with { Operation = other }) is { IsAllowed: true } granted)
        {
            operation = granted;
        }

        List<ReviewedLayer> layers = [new("operation", operation)];
        if (givesMaterial)
        {
            layers.Add(new ReviewedLayer("material", AclExplainer.Explain(rules, request with { Operation = AclOperation.SetKeyMaterial })));
        }

        string? name = key is null ? null : aclName ?? key;
        if (trial.KeyAcl is { } type && name is not null)
        {
            layers.Add(new ReviewedLayer("key", AclExplainer.Explain(rules, request with { KeyAcl = type, AclName = name })));
        }

        return new AccessReview(trial, caller, key, name, layers);
    }
}
