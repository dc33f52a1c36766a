using System.Text;
using System.Text.Json;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Authentication;

/// <summary>Numbers, a token and cookies that the real library made.</summary>
public sealed class RecordedVectorTests
{
    private static readonly TokenIdentifier Identifier = new("alice", "yarn", "", 1700000000000, 1700604800000, 7, 3);

    public static TheoryData<long, string> Numbers => [.. Lines().Where(static line => line.Id.StartsWith("vlong ", StringComparison.Ordinal)).Select(static line => (long.Parse(line.Id[6..], null), line.Hex!))];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_number_has_the_recorded_bytes(long number, string hex)
    {
        List<byte> bytes = [];
        WritableText.AppendNumber(bytes, number);
        Assert.Equal(hex, Convert.ToHexStringLower([.. bytes]));
        WritableReader reader = new(bytes.ToArray());
        Assert.Equal(number, reader.Number());
    }

    [Fact]
    public void A_token_has_the_recorded_bytes_text_password_and_url()
    {
        Assert.Equal(Value("token ident"), Convert.ToHexStringLower(Identifier.Encode()));
        Assert.Equal(Value("token text"), Identifier.ToString());
        byte[] password = TokenMasterKeys.Password(new MasterKey(3, default, SecretBytes.CopyOf([0, 1, 2, 3, 4, 5, 6, 7])), Identifier.Encode());
        Assert.Equal(Value("token password"), Convert.ToHexStringLower(password));
        DelegationToken token = new(Identifier, password, "");
        Assert.Equal(Value("token url"), token.Encode());
        DelegationToken read = DelegationToken.Decode(token.Encode() + "==");
        Assert.Equal(Identifier, read.Identifier);
        Assert.Equal(password, read.Password.ToArray());
    }

    [Fact]
    public void A_cookie_has_the_recorded_signature_and_verifies_under_that_secret_alone()
    {
        using SecretBytes secret = SecretBytes.CopyOf("secret"u8);
        using SecretBytes other = SecretBytes.CopyOf("other"u8);
        string[] cookies = [.. Lines().Where(static line => line.Id.StartsWith("cookie", StringComparison.Ordinal)).Select(static line => line.Value!)];
        Assert.Equal(3, cookies.Length);
        foreach (string cookie in cookies)
        {
            string text = cookie[..cookie.LastIndexOf("&s=", StringComparison.Ordinal)];
            Assert.Equal(cookie, SignedCookie.Sign(text, secret));
            Assert.Null(SignedCookie.Verify(cookie, new SignerSecretSet(other, [other, secret]), out ReadOnlySpan<char> found));
            Assert.Equal(text, found.ToString());
            Assert.EndsWith("Invalid signature", SignedCookie.Verify(cookie, new SignerSecretSet(other, [other]), out _));
        }
    }

    private static string Value(string id) => Lines().Single(line => line.Id == id).Value!;

    private static IEnumerable<(string Id, string? Hex, string? Value)> Lines() =>
        from line in File.ReadLines(Vectors.Path("recorded", "auth", "vectors", "vectors.jsonl"), Encoding.UTF8)
        let json = JsonDocument.Parse(line).RootElement
        select (json.GetProperty("id").GetString()!, Text(json, "hex"), Text(json, "value"));

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
