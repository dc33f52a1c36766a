using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server;

namespace KmsPS.Tests.Server;

public sealed class CommandLineTests
{
    [Fact]
    public void Everything_has_a_default()
    {
        string root = Path.Combine(Path.GetTempPath(), "xdg");
        ServerOptions options = CommandLine.Parse([], name => name == "XDG_DATA_HOME" ? root : null);
        Assert.Equal(("default", Path.Combine(root, "kmsps", "default")), (options.Name, options.DataDirectory));
        Assert.Equal("https://127.0.0.1:9600", Assert.Single(ListenPlan.Of(options, KmsSettings.Load(null, VariableScope.None))).ToString());
        Assert.Equal([ServerRole.Kms], options.Roles);
        Assert.False(options.IsDetached);
    }

    [Fact]
    public void Listeners_may_be_repeated_and_options_take_their_value_either_way()
    {
        ServerOptions options = CommandLine.Parse(["--listen", "https://localhost:0", "--listen=http://[::1]:8080", "--data-dir=/d", "--name", "a.b-1", "--detached"], static _ => null);
        Assert.Equal(["https://localhost:0", "http://[::1]:8080"], options.Listen.Select(static each => each.ToString()));
        Assert.True(options.IsDetached);
        Assert.Equal(Path.GetFullPath("/d/run"), options.StateDirectory);
    }

    [Theory]
    [InlineData("--frobnicate", "Unknown option '--frobnicate'")]
    [InlineData("--listen", "Option --listen has no value")]
    [InlineData("--listen=ftp://x", "'ftp://x' is no address to listen on")]
    [InlineData("--listen=https://127.0.0.1:70000", "'https://127.0.0.1:70000' is no address to listen on")]
    [InlineData("--listen=https://a b:1", "'https://a b:1' is no address to listen on")]
    [InlineData("--name=../x", "'../x' is no server name")]
    [InlineData("--role=zoo", "'zoo' is no role")]
    [InlineData("--config-dir=/no/such/folder", "/no/such/folder: the configuration folder does not exist")]
    public void A_bad_option_is_named_with_a_remedy(string argument, string text)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => CommandLine.Parse([argument], static _ => null));
        Assert.Equal(text, refused.Message);
        Assert.NotNull(refused.Remedy);
    }

    [Fact]
    public void Beyond_this_machine_any_name_is_believed_only_when_that_is_written_down()
    {
        ServerOptions options = CommandLine.Parse(["--listen", "https://*:0", "--data-dir", "/d"], static _ => null);
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => StartGate.Check(options, KmsSettings.Load(null, VariableScope.None), options.Listen, CoreDumps.Forbidden));
        Assert.Contains("would believe any name", refused.Message, StringComparison.Ordinal);
        KmsSettings written = KmsSettings.Load(null, VariableScope.None) with { Authentication = new AuthenticationSettings { IsKindExplicit = true } };
        Assert.Single(StartGate.Check(options, written, options.Listen, CoreDumps.Forbidden));
    }
}
