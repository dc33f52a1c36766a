using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>
/// Cookies and tokens that were verified a short while ago. Finding one costs a hash of its text and no allocation.
/// </summary>
/// <remarks>
/// Two generations bound it: when the young one is full it becomes the old one, and what is used again comes back from there.
/// INVARIANT: an entry is good only under the secrets it was verified with, and never beyond its own end.
/// </remarks>
internal sealed class VerifiedCredentials(int capacity)
{
    private Table _young = new();
    private Table _old = new();

    internal bool TryFind(ReadOnlySpan<char> text, [NotNullWhen(true)] out VerifiedCredential? found)
    {
        Table young = Volatile.Read(ref _young);
        if (young.ByText.TryGetValue(text, out found))
        {
            return true;
        }

        if (!Volatile.Read(ref _old).ByText.TryGetValue(text, out found))
        {
            return false;
        }

        Add(text.ToString(), found);
        return true;
    }

    internal void Add(string text, VerifiedCredential credential)
    {
        Table young = Volatile.Read(ref _young);
        if (young.Entries.TryAdd(text, credential))
        {
            if (Interlocked.Increment(ref young.Count) >= capacity && Interlocked.CompareExchange(ref _young, new Table(), young) == young)
            {
                Volatile.Write(ref _old, young);
            }
        }
        else
        {
            young.Entries[text] = credential;
        }
    }

    private sealed class Table
    {
        public int Count;

        public Table()
        {
            Entries = new(StringComparer.Ordinal);
            ByText = Entries.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public ConcurrentDictionary<string, VerifiedCredential> Entries { get; }

        public ConcurrentDictionary<string, VerifiedCredential>.AlternateLookup<ReadOnlySpan<char>> ByText { get; }
    }
}

/// <summary>What a verified cookie or token is worth.</summary>
/// <param name="Caller">Whom it stands for.</param>
/// <param name="User">The name that token operations know the caller by.</param>
/// <param name="GoodUntil">Milliseconds since 1970: its own end, or the time to ask for the caller's groups again.</param>
/// <param name="Secrets">The secrets it was verified with; <see langword="null"/> for a token.</param>
/// <param name="Token">The token; <see langword="null"/> for a cookie.</param>
/// <param name="Content">What the cookie says.</param>
internal sealed record VerifiedCredential(Caller Caller, string User, long GoodUntil, SignerSecretSet? Secrets, TokenRecord? Token, CookieContent? Content);
