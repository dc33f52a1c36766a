using System.Collections.Immutable;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>The entries of a keystore, and the file that they were read from or written to.</summary>
internal sealed record JceksStore(ImmutableSortedDictionary<string, JceksKey> Keys, FileStamp Stamp);

/// <summary>A change that waits for the file to be replaced.</summary>
internal abstract class JceksChange : QueuedJob
{
    /// <summary>The store after the change; unchanged where the change is refused, which its owner alone is told.</summary>
    internal abstract JceksStore ApplyTo(JceksStore store);

    /// <summary>The file with the change is on the disk, or its refusal stands: its owner goes on.</summary>
    internal abstract void Complete();

    /// <summary>The file could not be written.</summary>
    internal abstract void Fail(Exception failure);
}
