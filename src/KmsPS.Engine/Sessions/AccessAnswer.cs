using System.Text.Json;
using System.Text.Json.Serialization;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Engine.Sessions;

/// <summary>A rule that was asked.</summary>
/// <param name="Layer">Which kind of list: <c>Operation</c>, <c>Blacklist</c>, <c>Key</c>, <c>KeyAll</c>, <c>Default</c> or <c>Whitelist</c>.</param>
/// <param name="Property">Its name.</param>
/// <param name="Place">File and line.</param>
/// <param name="Matches">Whether it names the caller.</param>
public sealed record AccessRuleAnswer(string Layer, string Property, string Place, bool Matches);

/// <summary>
/// The answer to an <see cref="AccessInquiry"/>, the same from this process and from a server. It says which rules were asked and where
/// they stand, but not whom else they name.
/// </summary>
public sealed record AccessAnswer
{
    /// <summary>Whether the lists allow it.</summary>
    public required bool Allowed { get; init; }

    /// <summary><c>enforcing</c>; <c>permissive</c> where a refusal is only written down.</summary>
    public required string Mode { get; init; }

    /// <summary>Who, by short name.</summary>
    public required string User { get; init; }

    /// <summary>The groups that were seen.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>What, as audit lines spell it.</summary>
    public required string Operation { get; init; }

    /// <summary>To which key.</summary>
    public string? Key { get; init; }

    /// <summary>The name that access lists know the key by.</summary>
    public string? AclName { get; init; }

    /// <summary>The layer that decided: <c>operation</c> or <c>key</c>.</summary>
    public required string Layer { get; init; }

    /// <summary>In a word.</summary>
    public required string Reason { get; init; }

    /// <summary>The property that decided, where one did.</summary>
    public string? Rule { get; init; }

    /// <summary>Where it stands.</summary>
    public string? Place { get; init; }

    /// <summary>In a sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>Every rule that was asked, layer by layer.</summary>
    public required IReadOnlyList<AccessRuleAnswer> Considered { get; init; }

    /// <summary>The smallest change that would turn the answer; every step is needed.</summary>
    public required IReadOnlyList<string> Change { get; init; }

    /// <summary>Puts a review into words.</summary>
    public static AccessAnswer Of(AccessReview review, AccessPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(review);
        ArgumentNullException.ThrowIfNull(policy);
        ReviewedLayer decider = review.Decider;
        AclRule? rule = decider.Explanation.Decision.DecidedBy;
        return new AccessAnswer
        {
            Allowed = review.IsAllowed,
            Mode = policy.IsPermissive ? "permissive" : "enforcing",
            User = review.Caller.ShortName,
            Groups = [.. review.Caller.Groups.Order(StringComparer.Ordinal)],
            Operation = OperationTable.Of(review.Verb).AuditName,
            Key = review.Key,
            AclName = review.AclName,
            Layer = decider.Name,
            Reason = decider.Explanation.Decision.Reason.ToString(),
            Rule = rule?.Property,
            Place = rule?.Place,
            Explanation = decider.Explanation.Sentence,
            Considered = [.. review.Layers.SelectMany(static layer => layer.Explanation.Considered).Select(static each => new AccessRuleAnswer(each.Layer.ToString(), each.Rule.Property, each.Rule.Place, each.Matches))],
            Change = [.. review.Change.Select(static each => each.ToString())],
        };
    }

    /// <summary>As the admin route sends it.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, AccessAnswerJson.Default.AccessAnswer);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="KmsException">It is something else.</exception>
    public static AccessAnswer FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AccessAnswerJson.Default.AccessAnswer) ?? throw new JsonException("null");
        }
        catch (JsonException malformed)
        {
            throw new KmsException(ErrorKind.ServerError, $"The server's explanation cannot be read: {Printable.Text(malformed.Message)}", "Is the server of the same version?", inner: malformed);
        }
    }
}

/// <summary>How <see cref="AccessAnswer"/> is spelled.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccessAnswer))]
internal sealed partial class AccessAnswerJson : JsonSerializerContext;
