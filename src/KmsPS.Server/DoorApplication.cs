using KmsPS.Engine.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace KmsPS.Server;

/// <summary>
/// Carries requests from Kestrel to the front door with nothing in between: no middleware, no scope, no activity. One context for
/// each connection is used again by its requests. More requests than <paramref name="most"/> at once are turned away by the door.
/// </summary>
internal sealed partial class DoorApplication(FrontDoor door, KmsMeter meter, ExtraHeaders? extra, int most, ILogger<DoorApplication> log) : IHttpApplication<DoorContext>
{
    private long _inWork;

    /// <summary>Number of requests that are being answered.</summary>
    public long InWork => Interlocked.Read(ref _inWork);

    /// <inheritdoc/>
    public DoorContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DoorContext> container)
        {
            return new DoorContext(new DefaultHttpContext(contextFeatures));
        }

        // The features of a connection, or of an HTTP/2 stream, are the same objects in each of its requests, and so is what the context
        // has looked up of them.
        return container.HostContext ??= new DoorContext(new DefaultHttpContext(contextFeatures));
    }

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(DoorContext context)
    {
        DefaultHttpContext http = context.Http;
        bool isBusy = Interlocked.Increment(ref _inWork) > most;
        extra?.AddTo(http);
        try
        {
            await door.HandleAsync(http, context.RawTarget, context.Connection, isBusy);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up; there is nobody to answer.
        }
        catch (Exception failure) when (failure is not BadHttpRequestException)
        {
            LogDefect(failure, http.Request.Method);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _inWork);
            meter.Answer(http.Response.StatusCode);
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(DoorContext context, Exception? exception)
    {
        // It is used again.
    }

    [LoggerMessage(EventId = 2002, Level = LogLevel.Error, Message = "A {Method} ended with a failure that nobody expected")]
    private partial void LogDefect(Exception failure, string method);
}
