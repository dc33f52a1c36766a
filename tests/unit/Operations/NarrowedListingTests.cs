using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Tests.Operations;

/// <summary>Whoever may not see every key learns that some cannot be read, and not which.</summary>
public sealed class NarrowedListingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_cannot_be_read_is_counted_and_not_named()
    {
        List<string> shown = [];
        UnreadableKeysException told = await Assert.ThrowsAsync<UnreadableKeysException>(async () =>
        {
            await foreach (string name in NarrowedListing.Of(ListAsync(), static name => name != "hidden", Stop))
            {
                shown.Add(name);
            }
        });
        Assert.Equal(["shown"], shown);
        Assert.Equal(2, told.Failures.Count);
        Assert.All(told.Failures.Append(told), static failure =>
        {
            Assert.Equal((ErrorKind.StoreCorrupt, "/store"), (failure.Kind, failure.Subject));
            Assert.DoesNotContain("secret", $"{failure} {failure.Remedy}", StringComparison.Ordinal);
        });
    }

    private static async IAsyncEnumerable<string> ListAsync()
    {
        await Task.Yield();
        yield return "hidden";
        yield return "shown";
        throw new UnreadableKeysException("/store", [Damaged("secret-1"), Damaged("secret-2")]);
    }

    private static KmsException Damaged(string name) => new(ErrorKind.StoreCorrupt, $"The row of key '{name}' cannot be trusted") { Subject = name };
}
