using KmsPS.Engine.Providers;
using KmsPS.Tests.Contracts;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>The fake obeys the contract as well, or tests that use it would prove nothing.</summary>
public sealed class MemoryKeyProviderTests : KeyProviderContract
{
    protected override ValueTask<IKeyProvider> OpenAsync() => new(new MemoryKeyProvider());
}
