using System.Globalization;
using KmsPS.Engine.Certificates;

namespace KmsPS.Server;

/// <summary>Tells the log 30 days, 7 days and a day before the certificate in use ends, and when it has: once each.</summary>
internal sealed partial class ExpiryNotice(string path, TimeProvider time, ILogger<ExpiryNotice> log)
{
    private const int Never = int.MaxValue;

    private string? _thumbprint;
    private int _told = Never;

    /// <summary>How long a certificate is in force yet; negative once it has ended.</summary>
    public static TimeSpan Left(ServerCertificate certificate, TimeProvider time) => new DateTimeOffset(certificate.Leaf.NotAfter) - time.GetUtcNow();

    /// <summary>Looks at the certificate in use.</summary>
    public void Look(ServerCertificate certificate)
    {
        if (certificate.Thumbprint != _thumbprint)
        {
            (_thumbprint, _told) = (certificate.Thumbprint, Never);
        }

        int due = Left(certificate, time).TotalDays switch
        {
            <= 0 => 0,
            <= 1 => 1,
            <= 7 => 7,
            <= 30 => 30,
            _ => Never,
        };
        if (due >= _told)
        {
            return;
        }

        _told = due;
        string end = certificate.Leaf.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (due == 0)
        {
            LogEnded(path, end);
        }
        else
        {
            LogEnds(path, due, end);
        }
    }

    [LoggerMessage(EventId = 1103, Level = LogLevel.Warning, Message = "The certificate in {Path} ends in less than {Days} day(s), at {End}. Put a new one in its place: it is read without a restart")]
    private partial void LogEnds(string path, int days, string end);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Error, Message = "The certificate in {Path} ended at {End}: clients refuse it. Put a new one in its place: it is read without a restart")]
    private partial void LogEnded(string path, string end);
}
