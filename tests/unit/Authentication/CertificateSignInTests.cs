using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Authentication;

/// <summary>Callers by client certificate at the desk: how long they are let in, and by which servers.</summary>
public sealed class CertificateSignInTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly ManualTime _time = new();
    private readonly AuthenticationSettings _settings = new();
    private StateDatabase _state = null!;
    private DelegationTokenManager _tokens = null!;
    private RandomSignerSecrets _secrets = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _state = await StateDatabase.OpenAsync(_folder.File("state.db"), _time, Stop);
        _tokens = await DelegationTokenManager.OpenAsync(_state.State, _time, new DelegationTokenSettings(), Stop);
        _secrets = new RandomSignerSecrets(_time, TimeSpan.FromDays(30));
    }

    public async ValueTask DisposeAsync()
    {
        _secrets.Dispose();
        _tokens.Dispose();
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Neither_a_connection_nor_a_cookie_outlives_the_certificate()
    {
        SignInDesk desk = Desk(withCertificates: true);
        long end = _time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        CertificateUser etl = new("etl", end);
        SignInResult first = await AdmitAsync(desk, null, etl);
        Assert.Equal(("etl", AuthenticationMethod.Certificate), (first.Caller?.ShortName, first.Caller?.Method));
        string cookie = first.SetCookie!.Split('"')[1];
        Assert.StartsWith($"u=etl&p=etl&t=certificate&e={end}&s=", cookie, StringComparison.Ordinal);
        Assert.Equal(AuthenticationMethod.Certificate, (await AdmitAsync(desk, cookie, null)).Caller?.Method);

        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(401, (await AdmitAsync(desk, null, etl)).Answer?.Status);
        SignInResult late = await AdmitAsync(desk, cookie, null);
        Assert.Equal((401, "AuthenticationToken expired"), (late.Answer?.Status, late.Answer?.Reason));

        // Who signs in otherwise on such a connection has the whole time.
        SignInResult named = await desk.AdmitAsync(new Credentials("GET", null, null, null, SignInParameters.Parse("user.name=bob"), null, null, etl), new SignInCookie(_settings, isSecure: true), Stop);
        Assert.Contains($"t=simple-dt&e={_time.GetUtcNow().Add(_settings.TokenValidity).ToUnixTimeMilliseconds()}", named.SetCookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_rules_takes_neither_certificates_nor_their_cookies()
    {
        CertificateUser etl = new("etl", _time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());
        string cookie = (await AdmitAsync(Desk(withCertificates: true), null, etl)).SetCookie!.Split('"')[1];
        SignInDesk plain = Desk(withCertificates: false);
        Assert.Equal("Invalid AuthenticationToken type", (await AdmitAsync(plain, cookie, null)).Answer?.Reason);
        Assert.Equal(401, (await AdmitAsync(plain, null, etl)).Answer?.Status);
    }

    private SignInDesk Desk(bool withCertificates)
    {
        IdentityDesk identities = new(AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null), new NoGroupMapper(), ProxyUserRules.Read(HadoopConfiguration.Empty));
        IAuthenticator scheme = new PseudoAuthenticator(anonymousAllowed: false);
        return new SignInDesk(_settings, _secrets, withCertificates ? new CertificateAuthenticator(scheme, _time) : scheme, _tokens, identities, _time);
    }

    private async Task<SignInResult> AdmitAsync(SignInDesk desk, string? cookie, CertificateUser? user) =>
        await desk.AdmitAsync(new Credentials("GET", cookie, null, null, default, null, null, user), new SignInCookie(_settings, isSecure: true), Stop);
}
