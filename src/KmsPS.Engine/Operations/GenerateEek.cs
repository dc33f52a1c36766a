using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Wire;

namespace KmsPS.Engine.Operations;

/// <summary>How many data keys are to be made under which key.</summary>
public readonly record struct GenerateRequest(KeyName Key, int Count = 1);

/// <summary>Makes data keys, wrapped under the current version. No count at all gives an empty batch.</summary>
/// <param name="eeks">Who makes them.</param>
/// <param name="maxCount">Most in one request.</param>
internal sealed class GenerateEek(IEekProvider eeks, int maxCount) : IOperation<GenerateRequest, EekBatch?>
{
    // As many EEKs of the longest name fit into an answer; a stock client asks for 500.
    private const int Unlooked = 1000;

    public KmsOperation Verb => KmsOperation.GenerateEek;

    public AccessDemand Demand(in GenerateRequest request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(GenerateRequest request, CancellationToken cancellationToken) =>
        new(request.Count > 0 ? new KeySubjects(One: request.Key, Uses: request.Count) : KeySubjects.None);

    public async ValueTask<EekBatch?> ExecuteAsync(GenerateRequest request, CancellationToken cancellationToken) => request.Count switch
    {
        <= 0 => null,
        var count when count > maxCount => throw TooMany(request, maxCount),
        > Unlooked when EekArrayJson.MostOf(request.Key) is var most && request.Count > most => throw TooMany(request, most),
        _ => await eeks.GenerateEeksAsync(request.Key, request.Count, cancellationToken).ConfigureAwait(false),
    };

    public AuditNote Describe(in GenerateRequest request, EekBatch? result) =>
        new(request.Key.Value, result?.Version.Value, Count: Math.Max(request.Count, 0));

    private static KmsException TooMany(GenerateRequest request, int most) => new(
        ErrorKind.LimitExceeded,
        string.Create(CultureInfo.InvariantCulture, $"num_keys is {request.Count}; at most {most} data keys are made in one request"),
        "Ask for fewer at a time.") { Subject = request.Key.Value };
}
