using System.Net.Security;
using System.Security.Cryptography;
using KmsPS.Engine.Certificates;

namespace KmsPS.Server;

/// <summary>
/// The certificate in use, and a watch on its file: a new one serves the connections that come after it. A file that cannot be used,
/// or a certificate that no client could connect with, keeps the old one.
/// </summary>
internal sealed partial class CertificateReload : IAsyncDisposable
{
    private readonly string _path;
    private readonly Func<ServerCertificate> _read;
    private readonly TlsOffer _offer;
    private readonly ExpiryNotice _expiry;
    private readonly ILogger<CertificateReload> _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ServerCertificate> _replaced = [];
    private Task _watch = Task.CompletedTask;
    private byte[] _seen;
    private InUse _current;

    private CertificateReload(string path, Func<ServerCertificate> read, TlsOffer offer, byte[] seen, InUse first, ExpiryNotice expiry, ILogger<CertificateReload> log)
    {
        _path = path;
        _read = read;
        _offer = offer;
        _expiry = expiry;
        _log = log;
        _seen = seen;
        _current = first;
    }

    /// <summary>The certificate in use.</summary>
    public ServerCertificate Certificate => Volatile.Read(ref _current).Certificate;

    /// <summary>The same as handshakes take it, its chain built once.</summary>
    public SslStreamCertificateContext Context => Volatile.Read(ref _current).Context;

    /// <summary>Reads the certificate, tries it, and watches its file from then on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="offer">What clients may agree on.</param>
    /// <param name="interval">Time between two looks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="expiry">Is shown the certificate at every look.</param>
    /// <param name="log">The server's log.</param>
    /// <exception cref="Engine.Errors.ConfigurationException">It cannot be read, or no client could connect with it.</exception>
    public static async Task<CertificateReload> OpenAsync(string path, Func<ServerCertificate> read, TlsOffer offer, TimeSpan interval, TimeProvider time, ExpiryNotice expiry, ILogger<CertificateReload> log)
    {
        byte[] seen = Digest(path);
        CertificateReload opened = new(path, read, offer, seen, await InUse.TryAsync(path, read, offer, CancellationToken.None), expiry, log);
        expiry.Look(opened.Certificate);
        opened._watch = opened.WatchAsync(interval, time);
        return opened;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        Certificate.Dispose();
        _replaced.ForEach(static each => each.Dispose());
    }

    private static byte[] Digest(string path) => SHA256.HashData(File.ReadAllBytes(path));

    private async Task WatchAsync(TimeSpan interval, TimeProvider time)
    {
        using PeriodicTimer timer = new(interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            await LookAsync();
            _expiry.Look(_current.Certificate);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            byte[] found = Digest(_path);
            if (found.AsSpan().SequenceEqual(_seen))
            {
                return;
            }

            // A state is judged once, whether it can be used or not.
            _seen = found;
            InUse fresh = await InUse.TryAsync(_path, _read, _offer, _stop.Token);
            _replaced.Add(_current.Certificate);
            Volatile.Write(ref _current, fresh);
            LogReplaced(_path, fresh.Certificate.Thumbprint, fresh.Certificate.Leaf.NotAfter);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or Engine.Errors.KmsException)
        {
            LogKept(failure, _path);
        }
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "New certificate from {Path}: SHA-256 {Thumbprint}, valid until {NotAfter:O}")]
    private partial void LogReplaced(string path, string thumbprint, DateTime notAfter);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Error, Message = "The certificate in {Path} cannot be used; the old one stays in use")]
    private partial void LogKept(Exception failure, string path);

    private sealed class InUse(ServerCertificate certificate)
    {
        public ServerCertificate Certificate { get; } = certificate;

        public SslStreamCertificateContext Context { get; } = SslStreamCertificateContext.Create(certificate.Leaf, certificate.Chain, offline: true);

        public static async Task<InUse> TryAsync(string path, Func<ServerCertificate> read, TlsOffer offer, CancellationToken cancellationToken)
        {
            InUse found = new(read());
            try
            {
                await HandshakeTrial.RunAsync(path, found.Certificate, found.Context, offer, cancellationToken);
                return found;
            }
            catch
            {
                found.Certificate.Dispose();
                throw;
            }
        }
    }
}
