using System.Collections.Frozen;
using System.Text.RegularExpressions;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Makes a key and its first version.</summary>
/// <param name="store">Where.</param>
/// <param name="namesAcl">Whether the key's access list is written into its attributes, as key authorisation does.</param>
/// <param name="pattern">What the whole of the name must match; <see langword="null"/> for anything.</param>
internal sealed class CreateKey(IKeyWriter store, bool namesAcl, Regex? pattern = null) : IOperation<NewKey, KeyVersion>
{
    public KmsOperation Verb => KmsOperation.CreateKey;

    public AccessDemand Demand(in NewKey request) => new(request.Name.Value, request.Material is not null);

    public ValueTask<KeySubjects> SubjectsAsync(NewKey request, CancellationToken cancellationToken) => new(new KeySubjects(New: request));

    public ValueTask<KeyVersion> ExecuteAsync(NewKey request, CancellationToken cancellationToken)
    {
        RequireName(request.Name, pattern);
        return store.CreateAsync(namesAcl ? request with { Attributes = WithAclName(request) } : request, cancellationToken);
    }

    public AuditNote Describe(in NewKey request, KeyVersion result) =>
        new(request.Name.Value, result.Name.Value, $"UserProvidedMaterial:{(request.Material is null ? "false" : "true")} Description:{request.Description ?? "null"}");

    public KeyVersion HideMaterial(KeyVersion result)
    {
        using (result)
        {
            return result.WithoutMaterial();
        }
    }

    /// <summary>Refuses a name that the administrator does not want for new keys.</summary>
    internal static void RequireName(KeyName name, Regex? pattern)
    {
        if (NameRefusal(name, pattern) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>The same, as an answer.</summary>
    internal static KmsException? NameRefusal(KeyName name, Regex? pattern) => pattern?.IsMatch(name.Value) != false ? null : new KmsException(
        ErrorKind.KeyNameInvalid,
        $"'{Printable.Text(name.Value)}' is no name for a new key here: it does not match kmsps.key.name.pattern",
        "Choose a name as the administrator of the server asks for.") { Subject = name.Value };

    // SOURCE: Hadoop KeyAuthorizationKeyProvider.authorizeCreateKey, whose map refuses the doubled entry of an empty name.
    private static FrozenDictionary<string, string> WithAclName(NewKey key)
    {
        if (!key.Attributes.TryGetValue(KeyMetadata.AclNameAttribute, out string? named))
        {
            return key.Attributes.Append(new(KeyMetadata.AclNameAttribute, key.Name.Value)).ToFrozenDictionary(StringComparer.Ordinal);
        }

        return named.Length > 0
            ? key.Attributes
            : throw new KmsException(ErrorKind.InvalidRequest, $"Attribute '{KeyMetadata.AclNameAttribute}' of key '{key.Name.Value}' is empty", "Leave it out, or name an access list.") { Subject = key.Name.Value };
    }
}
