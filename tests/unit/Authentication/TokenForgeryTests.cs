using System.Buffers.Text;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Authentication;

/// <summary>
/// A token with any one bit changed, or cut off anywhere, is refused: by the manager and at the desk, before the good one was ever used and
/// when it is remembered. Only kind and service may change, as recorded of a real server (token-use: bad-kind, bad-service).
/// </summary>
public sealed class TokenForgeryTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RandomSignerSecrets _secrets = new(TimeProvider.System, TimeSpan.FromHours(1));
    private StateDatabase _state = null!;
    private DelegationTokenManager _tokens = null!;
    private SignInDesk _desk = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _state = await StateDatabase.OpenAsync(_folder.File("state.db"), TimeProvider.System, Stop);
        _tokens = await DelegationTokenManager.OpenAsync(_state.State, TimeProvider.System, new DelegationTokenSettings(), Stop);
        IdentityDesk identities = new(AuthToLocal.Parse("RULE:[1:$1] RULE:[2:$1]", "hadoop", null), new NoGroupMapper(), ProxyUserRules.Read(HadoopConfiguration.Empty));
        _desk = new SignInDesk(new AuthenticationSettings(), _secrets, new PseudoAuthenticator(false), _tokens, identities, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _tokens.Dispose();
        _secrets.Dispose();
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("alice", "yarn", "", "")]
    [InlineData("alice", "", "hive", "10.0.0.7:9600")]
    [InlineData("hive/h1.example.com@EXAMPLE.COM", "yarn", "", "")]
    [InlineData("jürgen", "yarn", "óscar", "kms://https@h:9600/kms")]
    public async Task No_changed_bit_and_no_cut_token_is_believed(string owner, string renewer, string realUser, string service)
    {
        // Its number is none of the first: a changed one then names a token that exists.
        for (int i = 0; i < 3; i++)
        {
            await _tokens.IssueAsync("bob", "", "", "", Stop);
        }

        string good = (await _tokens.IssueAsync(owner, renewer, realUser, service, Stop)).Encode();
        List<string> believed = [.. await BelievedAsync(good)];
        Assert.Equal(owner, (await AdmitAsync(good)).Caller?.FullName);
        believed.AddRange((await BelievedAsync(good)).Select(static each => each + ", after the good one was used"));
        Assert.Empty(believed);
    }

    [Fact]
    public async Task Kind_and_service_are_not_looked_at()
    {
        string good = (await _tokens.IssueAsync("alice", "yarn", "", "10.0.0.7:9600", Stop)).Encode();
        byte[] bytes = Base64Url.DecodeFromChars(good);
        int kind = bytes.AsSpan().IndexOf("kms-dt"u8);
        int service = bytes.AsSpan().IndexOf("10.0.0.7"u8);
        foreach (int at in (int[])[kind, kind + 5, service, bytes.Length - 1])
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 0x02;
            Assert.Equal("alice", (await AdmitAsync(Base64Url.EncodeToString(changed))).Caller?.ShortName);
        }
    }

    private async Task<IReadOnlyList<string>> BelievedAsync(string good)
    {
        List<string> believed = [];
        int tried = 0;
        foreach ((string what, string text) in Forgeries(good))
        {
            tried++;
            SignInResult answer = await AdmitAsync(text);
            bool isRefusedAtDesk = answer is { Caller: null, Answer.Status: 403 };
            if (!isRefusedAtDesk || !await IsRefusedAsync(text))
            {
                believed.Add(what);
            }
        }

        Assert.True(tried > 500, $"Only {tried} forgeries were tried");
        return believed;
    }

    private static IEnumerable<(string What, string Text)> Forgeries(string good)
    {
        byte[] bytes = Base64Url.DecodeFromChars(good);
        int identifier = bytes[0];
        int password = 1 + identifier;
        Assert.True(identifier < 112 && bytes[password] == 20, "Lengths take one byte each here");
        int end = password + 21;
        for (int at = 0; at < end; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. bytes];
                changed[at] ^= (byte)(1 << bit);
                yield return ($"byte {at}, bit {bit}", Base64Url.EncodeToString(changed));
            }
        }

        for (int length = 0; length < good.Length; length++)
        {
            yield return ($"{length} of {good.Length} letters", good[..length]);
        }

        // Cut inside, with the lengths put right: a whole token whose identifier or password is shorter.
        for (int length = 0; length < identifier; length++)
        {
            yield return ($"identifier of {length} bytes", Base64Url.EncodeToString([(byte)length, .. bytes.AsSpan(1, length), .. bytes.AsSpan(password)]));
        }

        for (int length = 0; length < 20; length++)
        {
            yield return ($"password of {length} bytes", Base64Url.EncodeToString([.. bytes.AsSpan(0, password), (byte)length, .. bytes.AsSpan(password + 1, length), .. bytes.AsSpan(end)]));
        }

        yield return ("a longer password", Base64Url.EncodeToString([.. bytes.AsSpan(0, password), 21, .. bytes.AsSpan(password + 1, 20), 0, .. bytes.AsSpan(end)]));
    }

    private async Task<bool> IsRefusedAsync(string text)
    {
        try
        {
            await _tokens.VerifyAsync(DelegationToken.Decode(text), Stop);
            return false;
        }
        catch (KmsException refused) when (refused is { Kind: ErrorKind.AuthenticationFailed, IsTransient: false })
        {
            // A refusal quotes the identifier as a real server does, never the password.
            return text.Length < 20 || !refused.Message.Contains(text, StringComparison.Ordinal);
        }
    }

    private ValueTask<SignInResult> AdmitAsync(string token) =>
        _desk.AdmitAsync(new Credentials("GET", null, token, null, default, null), new SignInCookie(new AuthenticationSettings(), false), Stop);
}
