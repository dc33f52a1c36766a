using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Sessions;

/// <summary>A question about access: may somebody do something, and why.</summary>
/// <param name="Operation">What.</param>
/// <param name="Key">To which key; <see langword="null"/> for the operation alone.</param>
/// <param name="User">Who, by short name; <see langword="null"/> for whoever asks.</param>
/// <param name="Groups">The groups that the user is taken to be in; <see langword="null"/> for those that the server finds.</param>
public sealed record AccessInquiry(KmsOperation Operation, KeyName? Key = null, string? User = null, IReadOnlyList<string>? Groups = null);
