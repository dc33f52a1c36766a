using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Refuses what a newer release wrote. It is sound, so it is not called damaged: no repair takes it away, and no cache serves what it was
/// before. Only a holder of the store key can have written it, for the layout's name is inside the seal.
/// </summary>
internal static class NewerRelease
{
    internal static KmsException Wrote(KeyName key, string layout, string known) => new(
        ErrorKind.StoreUnavailable,
        $"Key {Printable.Text(key.Value)} was written by a newer release: it has the layout '{Printable.Text(layout)}', and this server knows '{known}' at the most",
        "Update this server, or ask one of the newer release. Nothing is damaged: neither repair the store nor restore it.") { Subject = key.Value };
}
