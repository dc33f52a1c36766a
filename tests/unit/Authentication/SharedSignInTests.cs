using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Authentication;

/// <summary>Two servers on one store, and one that starts again.</summary>
public sealed class SharedSignInTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("kmsps-test-");
    private StateDatabase _state = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _state = await StateDatabase.OpenAsync(Path.Combine(_folder.FullName, "state.db"), TimeProvider.System, Stop);

    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_token_of_one_server_is_honoured_by_the_other_until_it_is_cancelled()
    {
        using DelegationTokenManager first = await TokensAsync();
        using DelegationTokenManager second = await TokensAsync();
        DelegationToken token = await first.IssueAsync("alice", "yarn", "", "", Stop);
        Assert.Equal("alice", (await second.VerifyAsync(token, Stop)).Identifier.Owner);
        Assert.True(await second.RenewAsync(token, "yarn", Stop) > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await first.CancelAsync(token, "alice", Stop);
        await second.RefreshAsync(changed: true, Stop);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await second.VerifyAsync(token, Stop));
        Assert.EndsWith("Token for real user: , can't be found in cache", refused.Message);
    }

    [Fact]
    public async Task A_server_that_could_not_renew_a_token_does_not_honour_it_any_more()
    {
        using DelegationTokenManager first = await TokensAsync();
        using DelegationTokenManager second = await TokensAsync();
        DelegationToken token = await first.IssueAsync("alice", "yarn", "", "", Stop);
        await second.CancelAsync(token, "alice", Stop);

        // Not told of it yet, and nobody can make it forget a token by a forged one.
        await Assert.ThrowsAsync<KmsException>(async () => await first.RenewAsync(token with { Password = new byte[20] }, "yarn", Stop));
        TokenRecord remembered = await first.VerifyAsync(token, Stop);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await first.RenewAsync(token, "yarn", Stop));
        Assert.Contains("Renewal request for unknown token", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KmsException>(async () => await first.VerifyAsync(token, Stop));
        Assert.False(DelegationTokenManager.IsAlive(remembered, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public async Task Ten_thousand_tokens_survive_a_restart()
    {
        string[] texts = new string[10_000];
        using (DelegationTokenManager before = await TokensAsync())
        {
            await Parallel.ForAsync(0, texts.Length, Stop, async (i, stop) => texts[i] = (await before.IssueAsync($"user{i}", "yarn", "", "", stop)).Encode());
        }

        await _state.DisposeAsync();
        _state = await StateDatabase.OpenAsync(Path.Combine(_folder.FullName, "state.db"), TimeProvider.System, Stop);
        using DelegationTokenManager after = await TokensAsync();
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal($"user{i}", (await after.VerifyAsync(DelegationToken.Decode(texts[i]), Stop)).Identifier.Owner);
        }

        // No number was given twice, the counter goes on, and the last one can be renewed and cancelled as ever.
        int[] numbers = [.. texts.Select(static text => DelegationToken.Decode(text).Identifier.SequenceNumber)];
        Assert.Equal(Enumerable.Range(1, texts.Length), numbers.Order());
        Assert.True((await after.IssueAsync("next", "yarn", "", "", Stop)).Identifier.SequenceNumber > texts.Length);
        DelegationToken last = DelegationToken.Decode(texts[^1]);
        await after.RenewAsync(last, "yarn", Stop);
        await after.CancelAsync(last, "yarn", Stop);
        await Assert.ThrowsAsync<KmsException>(async () => await after.VerifyAsync(last, Stop));
    }

    [Fact]
    public async Task A_forged_password_is_refused_wherever_the_token_is_known()
    {
        using DelegationTokenManager tokens = await TokensAsync();
        DelegationToken token = await tokens.IssueAsync("alice", "yarn", "", "", Stop);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await tokens.VerifyAsync(token with { Password = new byte[20] }, Stop));
        Assert.EndsWith("is invalid, password doesn't match", refused.Message);
    }

    [Fact]
    public async Task Cookie_secrets_are_the_same_on_every_server_and_after_a_restart()
    {
        using SharedSignerSecrets first = await SharedSignerSecrets.OpenAsync(_state.State, TimeProvider.System, TimeSpan.FromHours(1), Stop);
        string cookie = SignedCookie.Sign("u=a&p=a&t=simple-dt&e=-1", first.Current.Signing);
        using SharedSignerSecrets second = await SharedSignerSecrets.OpenAsync(_state.State, TimeProvider.System, TimeSpan.FromHours(1), Stop);
        Assert.Null(SignedCookie.Verify(cookie, second.Current, out _));
    }

    [Fact]
    public async Task A_known_cookie_is_admitted_without_allocating()
    {
        using DelegationTokenManager tokens = await TokensAsync();
        using RandomSignerSecrets secrets = new(TimeProvider.System, TimeSpan.FromHours(1));
        AuthenticationSettings settings = new();
        IdentityDesk identities = new(AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null), new NoGroupMapper(), ProxyUserRules.Read(HadoopConfiguration.Empty));
        SignInDesk desk = new(settings, secrets, new PseudoAuthenticator(false), tokens, identities, TimeProvider.System);
        string cookie = SignedCookie.Sign("u=alice&p=alice&t=simple-dt&e=-1", secrets.Current.Signing);
        SignInResult signedIn = await desk.AdmitAsync(new Credentials("GET", cookie, null, null, default, null), new SignInCookie(settings, false), Stop);
        Assert.Equal("alice", signedIn.Caller?.ShortName);
        string header = $"a=b; hadoop.auth=\"{cookie}\"";
        LastCookie last = new();
        Assert.True(desk.TryAdmit(cookie, default, out _));
        Assert.True(desk.TryAdmit(header, last, default, out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            desk.TryAdmit(cookie, default, out _);
            desk.TryAdmit(header, last, default, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Who_sent_one_cookie_is_not_taken_for_the_same_with_another()
    {
        using DelegationTokenManager tokens = await TokensAsync();
        using RandomSignerSecrets secrets = new(TimeProvider.System, TimeSpan.FromHours(1));
        AuthenticationSettings settings = new();
        IdentityDesk identities = new(AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null), new NoGroupMapper(), ProxyUserRules.Read(HadoopConfiguration.Empty));
        SignInDesk desk = new(settings, secrets, new PseudoAuthenticator(false), tokens, identities, TimeProvider.System);
        LastCookie last = new();
        foreach (string user in new[] { "alice", "bob", "alice" })
        {
            string cookie = SignedCookie.Sign($"u={user}&p={user}&t=simple-dt&e=-1", secrets.Current.Signing);
            string header = $"hadoop.auth=\"{cookie}\"";
            await desk.AdmitAsync(new Credentials("GET", cookie, null, null, default, null), new SignInCookie(settings, false), Stop);
            for (int i = 0; i < 2; i++)
            {
                Assert.True(desk.TryAdmit(header, last, default, out Caller? caller));
                Assert.Equal(user, caller.ShortName);
            }

            // What is more than the cookie is for the slower way, and a forged one for nobody.
            Assert.False(desk.TryAdmit(header, last, SignInParameters.Parse("doAs=carol"), out _));
            Assert.False(desk.TryAdmit(header.Replace("s=", "s=x", StringComparison.Ordinal), last, default, out _));
        }
    }

    [Fact]
    public async Task A_remembered_cookie_or_token_does_not_outlive_the_groups_it_was_verified_with()
    {
        using DelegationTokenManager tokens = await TokensAsync();
        using RandomSignerSecrets secrets = new(TimeProvider.System, TimeSpan.FromHours(1));
        AuthenticationSettings settings = new();
        ManualTime clock = new();
        Directory directory = new();
        CachedGroupMapper cache = new(directory, new GroupCacheSettings(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(1)), clock);
        IdentityDesk identities = new(AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null), cache, ProxyUserRules.Read(HadoopConfiguration.Empty));
        SignInDesk desk = new(settings, secrets, new PseudoAuthenticator(false), tokens, identities, TimeProvider.System);
        Credentials[] ways =
        [
            new("GET", SignedCookie.Sign("u=alice&p=alice&t=simple-dt&e=-1", secrets.Current.Signing), null, null, default, null),
            new("GET", null, (await tokens.IssueAsync("alice", "yarn", "", "", Stop)).Encode(), null, default, null),
        ];
        LastCookie last = new();
        foreach (Credentials credentials in ways)
        {
            string header = $"hadoop.auth=\"{credentials.Cookie}\"";
            directory.Groups = ["eng"];
            cache.Clear();
            Assert.Equal(["eng"], (await AdmitAsync()).Caller!.Groups);
            Assert.Equal(credentials.Cookie is not null, desk.TryAdmit(header, last, default, out _));
            directory.Groups = [];
            Assert.Equal(["eng"], (await AdmitAsync()).Caller!.Groups);
            clock.Advance(TimeSpan.FromSeconds(21));
            Assert.False(credentials.Cookie is { } cookie && (desk.TryAdmit(cookie, default, out _) || desk.TryAdmit(header, last, default, out _)));
            Assert.Empty((await AdmitAsync()).Caller!.Groups);

            directory.IsDown = true;
            clock.Advance(TimeSpan.FromSeconds(49));
            Assert.Empty((await AdmitAsync()).Caller!.Groups);
            clock.Advance(TimeSpan.FromSeconds(2));
            KmsException unknown = await Assert.ThrowsAsync<KmsException>(async () => await AdmitAsync());
            Assert.True(unknown.IsTransient);
            directory.IsDown = false;

            ValueTask<SignInResult> AdmitAsync() => desk.AdmitAsync(credentials, new SignInCookie(settings, false), Stop);
        }
    }

    private sealed class Directory : IGroupMapper
    {
        public string[] Groups { get; set; } = [];

        public bool IsDown { get; set; }

        public ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken) =>
            IsDown ? throw new KmsException(ErrorKind.AuthenticationFailed, "down", isTransient: true) : new(NameSet.Of(Groups));
    }

    private async ValueTask<DelegationTokenManager> TokensAsync() => await DelegationTokenManager.OpenAsync(_state.State, TimeProvider.System, new DelegationTokenSettings(), Stop);
}
