using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Forgets what is cached of a key; an unknown key is no error.</summary>
internal sealed class InvalidateCache(IKeyProvider store) : IOperation<KeyName, ValueTuple>
{
    public KmsOperation Verb => KmsOperation.InvalidateCache;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public async ValueTask<ValueTuple> ExecuteAsync(KeyName request, CancellationToken cancellationToken)
    {
        if (store is IInvalidatable cache)
        {
            await cache.InvalidateAsync(request, cancellationToken).ConfigureAwait(false);
        }

        return default;
    }

    public AuditNote Describe(in KeyName request, ValueTuple result) => new(request.Value);
}
