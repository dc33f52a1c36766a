using System.Runtime.CompilerServices;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>
/// Describes the keys of a server, many with one request. A server refuses such a request as a whole where one description is damaged:
/// then each key of it is asked for by itself, and those that cannot be read are told behind the others.
/// </summary>
internal static class RemoteDescriptions
{
    // A server that fails for every one of so many keys has another trouble than some damaged keys.
    private const int MostInVain = 16;

    /// <exception cref="UnreadableKeysException">At the end, where some could not be read.</exception>
    internal static async IAsyncEnumerable<KeyMetadata> ListAsync(KmsRestClient client, IReadOnlyList<KeyName> names, string place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<KmsException> failures = [];
        foreach (ArraySegment<KeyName> chunk in KmsRestClient.Chunks([.. names]))
        {
            foreach (KeyMetadata? each in await DescribeAsync(client, chunk, failures, cancellationToken).ConfigureAwait(false))
            {
                // Null is a key that was deleted after its name was read.
                if (each is not null)
                {
                    yield return each;
                }
            }
        }

        UnreadableKeysException.ThrowIfAny(place, failures);
    }

    private static async ValueTask<IReadOnlyList<KeyMetadata?>> DescribeAsync(KmsRestClient client, ArraySegment<KeyName> names, List<KmsException> failures, CancellationToken cancellationToken)
    {
        try
        {
            return await client.MetadataAsync(names, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException refused) when (MayBeDamage(refused))
        {
            return await DescribeEachAsync(client, names, refused, failures, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<IReadOnlyList<KeyMetadata?>> DescribeEachAsync(KmsRestClient client, ArraySegment<KeyName> names, KmsException refused, List<KmsException> failures, CancellationToken cancellationToken)
    {
        List<KeyMetadata?> found = [];
        int inVain = 0;
        foreach (KeyName name in names)
        {
            try
            {
                found.Add(await client.MetadataAsync(name, cancellationToken).ConfigureAwait(false));
            }
            catch (KmsException damaged) when (MayBeDamage(damaged))
            {
                failures.Add(damaged);
                if (++inVain == MostInVain && found.Count == 0)
                {
                    throw new KmsException(refused.Kind, refused.Message, refused.Remedy, refused.IsTransient, refused) { Subject = refused.Subject };
                }
            }
        }

        return found;
    }

    private static bool MayBeDamage(KmsException failure) => failure is { Kind: ErrorKind.StoreCorrupt or ErrorKind.ServerError, IsTransient: false };
}
