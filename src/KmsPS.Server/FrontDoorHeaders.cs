using Microsoft.Extensions.Primitives;

namespace KmsPS.Server;

/// <summary>The headers that every answer of the front door has. SOURCE: Hadoop HttpServer2, as recorded.</summary>
internal static class FrontDoorHeaders
{
    private static readonly StringValues NoCache = "no-cache";
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues XssBlock = "1; mode=block";

    /// <summary>Those of every answer.</summary>
    public static void Harden(IHeaderDictionary headers)
    {
        headers.Pragma = NoCache;
        headers.XContentTypeOptions = NoSniff;
        headers.XXSSProtection = XssBlock;
    }
}
