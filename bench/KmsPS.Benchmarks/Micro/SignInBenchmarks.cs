using BenchmarkDotNet.Attributes;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;

namespace KmsPS.Benchmarks.Micro;

/// <summary>B14: who asks, by a cookie or a token seen before and by one seen for the first time.</summary>
public class SignInBenchmarks
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmsps-bench-").FullName;
    private StateDatabase? _state;
    private DelegationTokenManager? _tokens;
    private RandomSignerSecrets? _secrets;
    private SignInDesk? _desk;
    private DelegationToken? _token;
    private string _text = "";
    private string _cookie = "";
    private Credentials _byToken;

    [GlobalSetup]
    public async Task SetUp()
    {
        AuthenticationSettings settings = new();
        _state = await StateDatabase.OpenAsync(Path.Combine(_folder, "state.db"), TimeProvider.System, CancellationToken.None);
        _tokens = await DelegationTokenManager.OpenAsync(_state.State, TimeProvider.System, new DelegationTokenSettings(), CancellationToken.None);
        _secrets = new RandomSignerSecrets(TimeProvider.System, TimeSpan.FromHours(1));
        IdentityDesk identities = new(AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null), new NoGroupMapper(), ProxyUserRules.Read(HadoopConfiguration.Empty));
        _desk = new SignInDesk(settings, _secrets, new PseudoAuthenticator(anonymousAllowed: false), _tokens, identities, TimeProvider.System);
        _token = await _tokens.IssueAsync("alice", "yarn", "", "", CancellationToken.None);
        _text = _token.Encode();
        _byToken = new Credentials("GET", null, _text, null, default, null);
        _cookie = SignedCookie.Sign("u=alice&p=alice&t=simple-dt&e=-1", _secrets.Current.Signing);
        SignInCookie cookies = new(settings, isSecure: false);
        await _desk.AdmitAsync(new Credentials("GET", _cookie, null, null, default, null), cookies, CancellationToken.None);
        await _desk.AdmitAsync(_byToken, cookies, CancellationToken.None);
        Cookies = cookies;
    }

    private SignInCookie? Cookies { get; set; }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        _secrets!.Dispose();
        _tokens!.Dispose();
        await _state!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Description = "a cookie that was verified before")]
    public bool KnownCookie() => _desk!.TryAdmit(_cookie, default, out _);

    [Benchmark(Description = "a token that was verified before")]
    public bool KnownToken() => Result(_desk!.AdmitAsync(_byToken, Cookies!, CancellationToken.None)).Caller is not null;

    [Benchmark(Description = "a token read and verified, nothing remembered")]
    public bool FreshToken() => Result(_tokens!.VerifyAsync(DelegationToken.Decode(_text), CancellationToken.None)).RenewDate > 0;

    [Benchmark(Description = "a cookie's signature verified, nothing remembered")]
    public bool FreshCookie() => SignedCookie.Verify(_cookie, _secrets!.Current, out _) is null;

    // Neither may wait for anything: what is known in memory is answered at once.
    private static T Result<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : throw new InvalidOperationException("Verifying had to wait.");
}
