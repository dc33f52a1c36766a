using KmsPS.Engine.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace KmsPS.Server;

/// <summary>
/// Carries requests from Kestrel to the front door with nothing in between: no middleware, no scope, no activity. One context for
/// each connection is used again by its requests. More requests than <paramref name="most"/> at once are turned away by the door.
/// </summary>
internal sealed partial class DoorApplication(FrontDoor door, KmsMeter meter, ExtraHeaders? extra, int most, ILogger<DoorApplication> log) : IHttpApplication<DefaultHttpContext>
{
    private long _inWork;

    /// <summary>Number of requests that are being answered.</summary>
    public long InWork => Interlocked.Read(ref _inWork);

    /// <inheritdoc/>
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> container)
        {
            return new DefaultHttpContext(contextFeatures);
        }

        if (container.HostContext is { } known)
        {
            known.Initialize(contextFeatures);
            return known;
        }

        return container.HostContext = new DefaultHttpContext(contextFeatures);
    }

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(DefaultHttpContext context)
    {
        bool isBusy = Interlocked.Increment(ref _inWork) > most;
        extra?.AddTo(context);
        try
        {
            await door.HandleAsync(context, isBusy);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up; there is nobody to answer.
        }
        catch (Exception failure) when (failure is not BadHttpRequestException)
        {
            LogDefect(failure, context.Request.Method);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _inWork);
            meter.Answer(context.Response.StatusCode);
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    [LoggerMessage(EventId = 2002, Level = LogLevel.Error, Message = "A {Method} ended with a failure that nobody expected")]
    private partial void LogDefect(Exception failure, string method);
}
