using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Wire;

/// <summary>
/// What our own servers tell of a key besides Hadoop's description, in both directions: times are milliseconds of the Unix epoch, and
/// nothing in it is secret. docs/wire.md shows it.
/// </summary>
public static class LifecycleJson
{
    private static readonly FrozenDictionary<VersionUse, string> Words = new Dictionary<VersionUse, string>
    {
        [VersionUse.Allowed] = "enabled",
        [VersionUse.VersionDisabled] = "versionDisabled",
        [VersionUse.VersionDestroyed] = "destroyed",
        [VersionUse.KeyDisabled] = "keyDisabled",
        [VersionUse.DeletionPending] = "deletionPending",
    }.ToFrozenDictionary();

    /// <summary>A key as it is after a change.</summary>
    public static byte[] Write(KeyMetadata key) => JsonSerializer.SerializeToUtf8Bytes(new LifecycleBody(Of(key), null), LifecycleJsonContext.Default.LifecycleBody);

    /// <summary>A key with its versions; <c>{ }</c> for an unknown one.</summary>
    public static byte[] Write(KeyLifecycle? lifecycle) => lifecycle is null
        ? "{ }"u8.ToArray()
        : JsonSerializer.SerializeToUtf8Bytes(
            new LifecycleBody(Of(lifecycle.Key), [.. lifecycle.Versions.Select(static version => new VersionBody(version.Name.Value, version.Created.ToUnixTimeMilliseconds(), Words[version.Use], version.IsCurrent, version.LastUsed?.ToUnixTimeMilliseconds()))]),
            LifecycleJsonContext.Default.LifecycleBody);

    /// <summary>Reads a key as it is after a change.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static KeyMetadata ReadKey(ReadOnlySpan<byte> json) => Read(json)?.Key ?? throw JsonShape.Missing("key");

    /// <summary>Reads a key with its versions; <see langword="null"/> for <c>{ }</c>.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static KeyLifecycle? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            LifecycleBody? body = JsonSerializer.Deserialize(json, LifecycleJsonContext.Default.LifecycleBody);
            return body?.Key is not { } key ? null : new KeyLifecycle(
                Of(key),
                [.. (body.Versions ?? []).Select(static version => new VersionFacts(KeyVersionName.Parse(version.Name), JavaTime.At(version.Created), Use(version.Use), version.IsCurrent, version.LastUsed is { } ms ? JavaTime.At(ms) : null))]);
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"The description of a key cannot be read: {Printable.Text(malformed.Message)}", "Is the server of the same version?", inner: malformed);
        }
    }

    /// <summary>A part of a plan: the elements of an array, one a line, without its brackets.</summary>
    public static void WritePlanned(System.Buffers.IBufferWriter<byte> target, PlannedChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        using Utf8JsonWriter json = new(target);
        JsonSerializer.Serialize(
            json,
            new PlannedBody(Of(change.Key), change.Action.ToString(), change.Standing.ToString(), change.Due?.ToUnixTimeMilliseconds(), (long?)change.MaxAge?.TotalSeconds, change.Reason),
            LifecycleJsonContext.Default.PlannedBody);
    }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: the answer is of another shape.</exception>
    public static IReadOnlyList<PlannedChange> ReadPlan(ReadOnlySpan<byte> json)
    {
        try
        {
            return [.. (JsonSerializer.Deserialize(json, LifecycleJsonContext.Default.IReadOnlyListPlannedBody) ?? []).Select(static each => new PlannedChange(
                Of(each.Key), Enum.Parse<PlannedAction>(each.Action), Enum.Parse<PlanStanding>(each.Standing), each.Due is { } ms ? JavaTime.At(ms) : null, each.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null, each.Reason))];
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"The plan cannot be read: {Printable.Text(malformed.Message)}", "Is the server of the same version?", inner: malformed);
        }
    }

    private static KeyBody Of(KeyMetadata key) => new(
        key.Name.Value,
        key.Cipher.Value,
        key.BitLength,
        key.Description,
        new SortedDictionary<string, string>(key.Attributes.ToDictionary(), StringComparer.Ordinal),
        key.Created.ToUnixTimeMilliseconds(),
        key.Versions,
        key.Current.Value,
        key.CurrentCreated?.ToUnixTimeMilliseconds(),
        key.Use.IsDisabled,
        key.Use.DeletionDue?.ToUnixTimeMilliseconds(),
        key.Use.Versions.ToDictionary(static pair => pair.Key, static pair => Words[pair.Value], StringComparer.Ordinal));

    private static KeyMetadata Of(KeyBody key) => new(
        KeyName.Parse(key.Name), new CipherName(key.Cipher), key.Length, key.Description, key.Attributes.ToFrozenDictionary(StringComparer.Ordinal), JavaTime.At(key.Created), key.Versions)
    {
        Current = KeyVersionName.Parse(key.Current),
        CurrentCreated = key.CurrentCreated is { } ms ? JavaTime.At(ms) : null,
        Use = new KeyUse
        {
            IsDisabled = key.IsDisabled,
            DeletionDue = key.DeletionDue is { } due ? JavaTime.At(due) : null,
            Versions = key.Limits.ToImmutableSortedDictionary(static pair => pair.Key, static pair => Use(pair.Value), StringComparer.Ordinal),
        },
    };

    private static VersionUse Use(string word) => Words.FirstOrDefault(pair => pair.Value == word) is { Value: not null } known ? known.Key : throw new JsonException($"'{word}' is no state of a key version.");
}

/// <summary>The whole answer.</summary>
internal sealed record LifecycleBody(KeyBody? Key, IReadOnlyList<VersionBody>? Versions);

/// <summary>The key in it.</summary>
internal sealed record KeyBody(
    string Name, string Cipher, int Length, string? Description, IDictionary<string, string> Attributes, long Created, int Versions,
    string Current, long? CurrentCreated, [property: JsonPropertyName("disabled")] bool IsDisabled, long? DeletionDue, IDictionary<string, string> Limits);

/// <summary>A version in it.</summary>
internal sealed record VersionBody(string Name, long Created, string Use, [property: JsonPropertyName("current")] bool IsCurrent, long? LastUsed);

/// <summary>A planned change.</summary>
internal sealed record PlannedBody(KeyBody Key, string Action, string Standing, long? Due, long? MaxAge, string Reason);

/// <summary>How they are spelled.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(LifecycleBody))]
[JsonSerializable(typeof(PlannedBody))]
[JsonSerializable(typeof(IReadOnlyList<PlannedBody>))]
internal sealed partial class LifecycleJsonContext : JsonSerializerContext;
