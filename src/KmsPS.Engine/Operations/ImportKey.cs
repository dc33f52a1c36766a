using System.Globalization;
using System.Text.RegularExpressions;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>A key to be taken over.</summary>
/// <param name="Image">The key as it is elsewhere, still owned by the caller.</param>
/// <param name="Known">How many of its versions, the oldest, are here already; 0 for a key that is not.</param>
public readonly record struct ImportRequest(KeyImage Image, int Known = 0);

/// <summary>Takes over what the store lacks of a key from elsewhere: always with given material.</summary>
/// <param name="store">Where.</param>
/// <param name="pattern">What the whole of the name must match; <see langword="null"/> for anything.</param>
internal sealed class ImportKey(IKeyProvider store, Regex? pattern) : IOperation<ImportRequest, ValueTuple>, IKeyFormat
{
    /// <summary>What tells which keys are refused for what they are; <see langword="null"/> where none is.</summary>
    internal IKeyFormat? Format => pattern is null ? store.Format : this;

    public KmsOperation Verb => KmsOperation.ImportKey;

    public AccessDemand Demand(in ImportRequest request) => new(request.Image.Metadata.Name.Value, GivesMaterial: true);

    // What is here already names its own list; a key that is to be made brings the name along.
    public ValueTask<KeySubjects> SubjectsAsync(ImportRequest request, CancellationToken cancellationToken)
    {
        KeyMetadata key = request.Image.Metadata;
        return new(request.Known > 0
            ? new KeySubjects(One: key.Name)
            : new KeySubjects(New: new NewKey(key.Name, key.Cipher, key.BitLength, key.Description, key.Attributes, null)));
    }

    public async ValueTask<ValueTuple> ExecuteAsync(ImportRequest request, CancellationToken cancellationToken)
    {
        CreateKey.RequireName(request.Image.Metadata.Name, pattern);
        await store.ImportAsync(request.Image, request.Known, cancellationToken).ConfigureAwait(false);
        return default;
    }

    public KmsException? Refusal(KeyImage image, int known) => CreateKey.NameRefusal(image.Metadata.Name, pattern) ?? store.Format?.Refusal(image, known);

    public AuditNote Describe(in ImportRequest request, ValueTuple result)
    {
        KeyMetadata key = request.Image.Metadata;
        int count = request.Image.Versions.Count - request.Known;
        return new(key.Name.Value, key.Current.Value, string.Create(CultureInfo.InvariantCulture, $"UserProvidedMaterial:true Versions:{count}{(key.Use.IsPlain ? "" : " Limited:true")}"), Count: count);
    }
}
