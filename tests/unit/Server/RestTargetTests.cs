using KmsPS.Engine.Keys;
using KmsPS.Engine.Wire;
using KmsPS.Server;

namespace KmsPS.Tests.Server;

public sealed class RestTargetTests
{
    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a+b%20c", "a+b c")]
    [InlineData("k;x=y/z;w", "k/z")]
    [InlineData("..", "..")]
    [InlineData("%C3%BC%FC", "ü\uFFFD")]
    [InlineData("%2541", "%41")]
    [InlineData("%3Bx", ";x")]
    public void A_path_variable_is_decoded_once(string encoded, string name) => Assert.Equal(name, RestTarget.DecodeVariable(encoded));

    [Theory]
    [InlineData("/k%00", false)]
    [InlineData("/k%2", false)]
    [InlineData("/k%zz", false)]
    [InlineData("*", false)]
    [InlineData("http://host", false)]
    [InlineData("http://host/p?q=%zz", true)]
    [InlineData("/k%20", true)]
    public void What_a_container_refuses_is_refused(string raw, bool isGood) => Assert.Equal(isGood, RestTarget.TryParse(raw, out _));

    [Theory]
    [InlineData("/p?a=1&b=x+y%2B&b=2", "b", "x y+")]
    [InlineData("/p?A=1", "a", null)]
    [InlineData("/p?a", "a", null)]
    [InlineData("/p?a=", "a", "")]
    [InlineData("/p?user%2ename=u", "user.name", "u")]
    [InlineData("/p?a=%zz%", "a", "%zz%")]
    [InlineData("/p", "a", null)]
    public void A_query_is_form_decoded_and_the_first_counts(string raw, string name, string? value)
    {
        Assert.True(RestTarget.TryParse(raw, out RestTarget target));
        Assert.Equal(value, target.Parameter(name));
    }

    [Theory]
    [InlineData("my key")]
    [InlineData("a/b@c+d%e;f?g#h")]
    [InlineData("..")]
    [InlineData("ключ\n")]
    public void What_a_client_builds_a_server_finds(string text)
    {
        KeyName key = KeyName.Parse(text);
        foreach (string path in (string[])[RestPaths.OfKey(key), RestPaths.Location(key)])
        {
            Assert.True(RestTarget.TryParse(path, out RestTarget target));
            Assert.Equal(text, RestTarget.DecodeVariable(target.Path[(RestPaths.Root.Length + RestPaths.Key.Length + 1)..]));
        }

        Assert.True(RestTarget.TryParse(RestPaths.OfKeysMetadata([key, key]), out RestTarget many));
        Assert.Equal([text, text], many.Parameters("key"));
    }
}
