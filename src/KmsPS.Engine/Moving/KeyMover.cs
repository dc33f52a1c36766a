using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Engine.Moving;

/// <summary>
/// Copies keys from one KMS to another, each decided and audited on both sides as any other request. May be repeated: what is there and
/// equal is left alone, what is missing is added, and a key that is different is never touched. Safe to use from several threads.
/// </summary>
/// <param name="source">Where the keys are.</param>
/// <param name="destination">Where they shall be.</param>
/// <param name="verifies">Whether an EEK for each copied version is decrypted on both sides afterwards, which takes DECRYPT_EEK on both.</param>
/// <param name="time">Measures the waits for a side that is away; the system's clock without it.</param>
public sealed class KeyMover(IKms source, IKms destination, bool verifies = true, TimeProvider? time = null)
{
    // Half a minute together: a database restarts or fails over in that time.
    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(15)];

    /// <summary>What cannot move between these two, for people; empty where everything can.</summary>
    public IReadOnlyList<string> Losses { get; } =
    [
        .. source.KeepsHistory ? Array.Empty<string>() : [$"{source.Provider} does not tell when versions were made (Hadoop's interface has no room for it): they are copied without a date."],
        .. destination.KeepsHistory ? Array.Empty<string>() : [$"{destination.Provider} takes no dates (Hadoop's interface has no room for them): keys and versions are dated now there."],
    ];

    /// <summary>Says what a copy would come to, and changes nothing. A conflict is an answer here.</summary>
    public ValueTask<KeyMoveReport> PlanAsync(KeyName key, CancellationToken cancellationToken) => PatientlyAsync(key, PlanOnceAsync, cancellationToken);

    private async ValueTask<KeyMoveReport> PlanOnceAsync(KeyName key, CancellationToken cancellationToken)
    {
        KeyMetadata described = await source.GetMetadataAsync(key, cancellationToken).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(key, source.Provider.ToString());
        if (Refusal(described) is { } refusal)
        {
            return new KeyMoveReport(key, KeyMoveAction.Refuse, described.Versions, 0, 0, refusal.Message);
        }

        // Only a destination that cannot hold every key makes the census read one that is not there: by the names of its versions.
        if (destination.Format is not { } format)
        {
            if (await destination.GetMetadataAsync(key, cancellationToken).ConfigureAwait(false) is null)
            {
                return new KeyMoveReport(key, KeyMoveAction.Create, described.Versions, described.Versions);
            }

            using KeyImage both = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
            return await CompareAsync(both, cancellationToken).ConfigureAwait(false);
        }

        using KeyImage image = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        return await CompareAsync(image, format, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<KeyMoveReport> CompareAsync(KeyImage image, IKeyFormat format, CancellationToken cancellationToken)
    {
        KeyMoveReport found;
        try
        {
            found = await CompareAsync(image, cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException unspeakable) when (unspeakable.Kind == ErrorKind.InvalidRequest && format.Refusal(image, 0) is not null)
        {
            // A name that the format has no place for cannot even be asked for; the copy ends with the same words.
            return new KeyMoveReport(image.Metadata.Name, KeyMoveAction.Refuse, image.Versions.Count, 0, 0, unspeakable.Message);
        }

        return found.Missing > 0 && format.Refusal(image, found.Versions - found.Missing) is { } refusal
            ? found with { Action = KeyMoveAction.Refuse, Missing = 0, Difference = refusal.Message }
            : found;
    }

    /// <summary>Copies what is missing of a key, and proves it.</summary>
    /// <exception cref="KmsException">
    /// One of the sides refused, or was away for longer than half a minute (<see cref="IsAway"/>); the keys are different (<see cref="ErrorKind.KeyAlreadyExists"/>); or what was copied cannot be decrypted
    /// with at the destination (<see cref="ErrorKind.CryptoFailed"/>).
    /// </exception>
    public ValueTask<KeyMoveReport> MoveAsync(KeyName key, CancellationToken cancellationToken) => PatientlyAsync(key, MoveOnceAsync, cancellationToken);

    /// <summary>Whether a side could not be reached at all, so that the next key would fare no better.</summary>
    public static bool IsAway(KmsException failure) => failure is { Kind: ErrorKind.StoreUnavailable or ErrorKind.ServerUnavailable, IsTransient: true };

    // INVARIANT: a copy may be repeated at any time, so an attempt whose end nobody knows is simply made again.
    private async ValueTask<KeyMoveReport> PatientlyAsync(KeyName key, Func<KeyName, CancellationToken, ValueTask<KeyMoveReport>> work, CancellationToken cancellationToken)
    {
        foreach (TimeSpan wait in Waits)
        {
            try
            {
                return await work(key, cancellationToken).ConfigureAwait(false);
            }
            catch (KmsException failure) when (IsAway(failure))
            {
                await Task.Delay(wait, time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }

        return await work(key, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<KeyMoveReport> MoveOnceAsync(KeyName key, CancellationToken cancellationToken)
    {
        using KeyImage image = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        KeyMoveReport found = await CompareAsync(image, cancellationToken).ConfigureAwait(false);
        if (found.Action == KeyMoveAction.Skip)
        {
            return found;
        }

        if (found.Action == KeyMoveAction.Conflict)
        {
            throw new KmsException(
                ErrorKind.KeyAlreadyExists,
                $"Key {Printable.Text(key.Value)} was not copied: {destination.Provider} has another key of that name, for {found.Difference}",
                "Find out which of the two is in use; copy again when the other one is deleted and purged.") { Subject = key.Value };
        }

        await destination.ImportKeyAsync(new ImportRequest(image, found.Versions - found.Missing), cancellationToken).ConfigureAwait(false);
        return verifies ? found with { Verified = await VerifyAsync(image, found.Versions - found.Missing, cancellationToken).ConfigureAwait(false) } : found;
    }

    private async ValueTask<KeyImage> ReadAsync(KeyName key, CancellationToken cancellationToken)
    {
        KeyImage image = await source.ExportKeyAsync(key, cancellationToken).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(key, source.Provider.ToString());
        if (Refusal(image.Metadata) is { } refusal)
        {
            image.Dispose();
            throw refusal;
        }

        return image;
    }

    // A copy that may be used again would undo what somebody decided about the key.
    private KmsException? Refusal(KeyMetadata key) =>
        key.Use.IsPlain || (source.KeepsLimits && destination.KeepsLimits)
            ? null
            : KeyFaults.CannotHoldLimits(key.Name, key.Use, (source.KeepsLimits ? destination : source).Provider.ToString());

    private async ValueTask<KeyMoveReport> CompareAsync(KeyImage image, CancellationToken cancellationToken)
    {
        KeyName key = image.Metadata.Name;
        int versions = image.Versions.Count;

        // Most keys of a first run are not there: only the description is asked for, which takes no right to read material.
        if (await destination.GetMetadataAsync(key, cancellationToken).ConfigureAwait(false) is null)
        {
            return new KeyMoveReport(key, KeyMoveAction.Create, versions, versions);
        }

        using KeyImage? there = await destination.ExportKeyAsync(key, cancellationToken).ConfigureAwait(false);
        return there is null ? new KeyMoveReport(key, KeyMoveAction.Create, versions, versions)
            : KeyComparison.Difference(image, there, source.KeepsHistory && destination.KeepsHistory) is { } difference ? new KeyMoveReport(key, KeyMoveAction.Conflict, versions, 0, 0, difference)
            : new KeyMoveReport(key, there.Versions.Count == versions ? KeyMoveAction.Skip : KeyMoveAction.Extend, versions, versions - there.Versions.Count);
    }

    // The canary goes through both front desks as an application's EEK would: whoever can decrypt it there can decrypt what HDFS holds.
    private async ValueTask<int> VerifyAsync(KeyImage image, int known, CancellationToken cancellationToken)
    {
        int verified = 0;
        using KeyImage? limited = image.Metadata.Use.IsPlain ? null : await destination.ExportKeyAsync(image.Metadata.Name, cancellationToken).ConfigureAwait(false);
        foreach (KeyVersion version in image.Versions.Skip(known))
        {
            if (version.Use != VersionUse.Allowed)
            {
                RequireLimited(version, limited);
                continue;
            }

            if (version.Material!.Length is not (16 or 24 or 32))
            {
                await CompareMaterialAsync(version, cancellationToken).ConfigureAwait(false);
                continue;
            }

            EncryptedKeyVersion canary = EekCipher.Generate(version, 1)[0];
            using SecretBytes here = await source.DecryptEekAsync(canary, cancellationToken).ConfigureAwait(false);
            using SecretBytes there = await destination.DecryptEekAsync(canary, cancellationToken).ConfigureAwait(false);
            using SecretLease plain = there.Open();
            _ = here.FixedTimeEquals(plain.Span) ? true : throw Unproved(version);
            verified++;
        }

        return verified;
    }

    // Neither side decrypts with it, and the copy must be just as limited as it is itself.
    private void RequireLimited(KeyVersion version, KeyImage? copy)
    {
        KeyVersion? there = copy?.Versions.FirstOrDefault(each => each.Name == version.Name);
        _ = there?.Use == version.Use && KeyComparison.SameMaterial(version, there) ? true : throw Unproved(version);
    }

    // Material of another length than AES's wraps no EEKs; it is read back.
    private async ValueTask CompareMaterialAsync(KeyVersion version, CancellationToken cancellationToken)
    {
        using KeyVersion? there = await destination.GetKeyVersionAsync(version.Name, cancellationToken).ConfigureAwait(false);
        using SecretLease plain = version.Material!.Open();
        _ = there?.Material?.FixedTimeEquals(plain.Span) == true ? true : throw Unproved(version);
    }

    private KmsException Unproved(KeyVersion version) => new(
        ErrorKind.CryptoFailed,
        $"Version {version} was copied to {destination.Provider}, but is another one there: it does not decrypt what it decrypts at {source.Provider}, or is limited otherwise",
        "Do not switch over. Delete and purge the key at the destination, and copy it again.") { Subject = version.Key.Value };
}
