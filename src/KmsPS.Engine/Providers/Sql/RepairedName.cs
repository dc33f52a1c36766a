namespace KmsPS.Engine.Providers.Sql;

/// <summary>What a repair finds out about one name, and what follows for its numbering.</summary>
/// <param name="text">The name, as the columns say it.</param>
internal sealed class RepairedName(string text)
{
    // A damaged row's number cannot be trusted, and a version that is lost may have had a higher one than any that is left.
    private const int NumberGap = RestoreRequest.UsualGap;

    private int _proved = -1;
    private int _said = -1;

    internal string Text => text;

    /// <summary>One of its keys lost a version.</summary>
    internal bool LostVersion { get; set; }

    /// <summary>One of its keys was lost itself, and with it what it said of its newest version.</summary>
    internal bool LostKey { get; set; }

    /// <summary>One of its keys is deleted: such a key is refused without the name's row.</summary>
    internal bool HasDeleted { get; set; }

    /// <summary>The columns of the row that remembers it; <see langword="null"/> where there is none.</summary>
    internal string? Row { get; set; }

    /// <summary>The number in that row, where its seal proves it.</summary>
    internal int? Mark { get; set; }

    /// <summary>Whether the row has to be written, unless the number in it is high enough.</summary>
    internal bool NeedsRow => LostVersion || LostKey || IsRowDamaged || (HasDeleted && Row is null);

    /// <summary>The lowest number that a version of the name may get.</summary>
    internal int Next => LostVersion && !LostKey && !IsRowDamaged ? _proved + 1 : checked(Math.Max(_proved, _said) + 1 + NumberGap);

    private bool IsRowDamaged => Row is not null && Mark is null;

    /// <summary>A seal proves that the name had a version of this number.</summary>
    internal void Prove(int number) => _proved = Higher(_proved, number);

    /// <summary>A column says so, and nothing proves it.</summary>
    internal void Say(int number) => _said = Higher(_said, number);

    // A number that nothing can follow is nobody's.
    private static int Higher(int known, int number) => number > known && number < int.MaxValue - (2 * NumberGap) ? number : known;
}
