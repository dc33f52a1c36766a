using System.Net;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Server.Limits;

/// <summary>
/// How often one caller may ask, and how often one address may fail to sign in. Each that is off costs one comparison of a reference.
/// </summary>
internal sealed partial class CallerLimits
{
    private readonly LeakyBuckets<string>? _rates;
    private readonly LeakyBuckets<ulong>? _failures;
    private readonly HostList _exempt;
    private readonly KmsMeter _meter;
    private readonly ILogger<CallerLimits> _log;

    /// <param name="settings">The limits.</param>
    /// <param name="meter">Where refusals are counted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The server's log.</param>
    public CallerLimits(LimitSettings settings, KmsMeter meter, TimeProvider time, ILogger<CallerLimits> log)
    {
        _rates = settings.CallerRate == 0 ? null : new LeakyBuckets<string>(TimeSpan.FromSeconds(1) / settings.CallerRate, settings.CallerBurst, time);
        _failures = settings.FailureRate == 0 ? null : new LeakyBuckets<ulong>(TimeSpan.FromMinutes(1) / settings.FailureRate, settings.FailureBurst, time);
        _exempt = settings.Exempt;
        _meter = meter;
        _log = log;
    }

    /// <summary>Counts a request of a caller.</summary>
    /// <returns>How long the caller has to wait; zero where the request may go on.</returns>
    public TimeSpan Admit(Caller caller)
    {
        if (_rates is null)
        {
            return TimeSpan.Zero;
        }

        TimeSpan wait = _rates.Take(caller.ShortName);
        if (wait > TimeSpan.Zero)
        {
            _meter.Refused(DoorRefusal.Rate);
        }

        return wait;
    }

    /// <summary>How long an address has to wait before its next attempt to sign in is looked at; zero where it need not.</summary>
    public TimeSpan PauseOf(IPAddress? address) => _failures is null || address is null ? TimeSpan.Zero : _failures.WaitOf(AddressKey.Of(address));

    /// <summary>Counts a failed sign-in.</summary>
    public void Fail(IPAddress? address)
    {
        if (_failures is null || address is null || _exempt.Has(address))
        {
            return;
        }

        ulong key = AddressKey.Of(address);
        bool wasFree = _failures.WaitOf(key) == TimeSpan.Zero;
        if (_failures.Add(key) > TimeSpan.Zero && wasFree)
        {
            LogSlowed(address);
        }
    }

    [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "Too many sign-ins from {Address} failed: its next ones are answered 429 until it has waited. Cookies and tokens that are good are not affected")]
    private partial void LogSlowed(IPAddress address);
}
