using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Which of 1,024 change counters a key has: the same in every process and in every release.</summary>
internal static class ChangeSlots
{
    internal const int Count = 1024;

    internal static int Of(KeyName key)
    {
        // FNV-1a: every process must come to the same place, which string.GetHashCode does not.
        uint hash = 2166136261;
        foreach (char c in key.Value)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)((hash ^ (hash >> 16)) % Count);
    }
}
