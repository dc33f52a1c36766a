using KmsPS.Engine.Errors;
using KmsPS.Engine.Wire;

namespace KmsPS.Tests.Wire;

/// <summary>What a client makes of an answer that tells it to come back later, with our envelope and with that of a proxy before us.</summary>
public sealed class ComeBackLaterTests
{
    [Theory]
    [InlineData(429, ErrorKind.LimitExceeded)]
    [InlineData(503, ErrorKind.StoreUnavailable)]
    public void Both_are_worth_another_try(int status, ErrorKind kind)
    {
        RemoteError told = RemoteErrors.ComeBackLater(status, "The server has too many requests in work");
        KmsException understood = RemoteErrors.Understand(told.Status, told.JavaClass, told.Message);
        Assert.Equal((kind, true, told.Message), (understood.Kind, understood.IsTransient, understood.Message));
        Assert.True(RemoteErrors.Understand(status, null, "Too Many Requests").IsTransient);
    }
}
