using System.Text;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Tests.Configuration;

public sealed class HadoopConfigurationTests
{
    private static readonly VariableScope Scope = new(
        static name => name switch { "SET" => "env-value", "EMPTY" => "", _ => null },
        static name => name == "user.name" ? "kms" : null);

    [Fact]
    public void Later_files_and_later_duplicates_win_but_not_over_a_final_one()
    {
        HadoopConfiguration both = new([Layer("<property name='a' value='1'/><property name='a' value='2'/><property name='b' value='1' final='true'/>"), Layer("<property name='a' value='3'/><property name='b' value='2'/>")], Scope);
        Assert.Equal(("3", "1"), (both.Get("a"), both.Get("b")));
        Assert.Contains("final parameter: b", Assert.Single(both.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_element_does_not_unset_what_an_earlier_file_set()
    {
        HadoopConfiguration both = new([Layer("<property name='a' value='1'/>"), Layer("<property><name>a</name><value></value></property>")], Scope);
        Assert.Equal("1", both.Get("a"));
    }

    [Theory]
    [InlineData("${user.name}/x", "kms/x")]
    [InlineData("${other}", "deep kms")]
    [InlineData("${env.SET}", "env-value")]
    [InlineData("${env.NONE}", "${env.NONE}")]
    [InlineData("${env.NONE-d}", "d")]
    [InlineData("${env.EMPTY-d}", "")]
    [InlineData("${env.EMPTY:-d}", "d")]
    [InlineData("${env.SET:-d}", "env-value")]
    [InlineData("${unknown}${user.name}", "${unknown}${user.name}")]
    [InlineData("${user.name}${unknown}", "kms${unknown}")]
    [InlineData("${v}", "${v}")]
    [InlineData("${with blank}${user.name}", "${with blank}kms")]
    [InlineData("${}${user.name}", "${}kms")]
    [InlineData("$${user.name}}", "$kms}")]
    [InlineData("{user.name} $ ${", "{user.name} $ ${")]
    public void Variables_are_replaced_as_Hadoop_does(string value, string expected)
    {
        HadoopConfiguration configuration = new([[Property("v", value), Property("other", "deep ${user.name}")]], Scope);
        Assert.Equal(expected, configuration.Get("v"));
    }

    [Fact]
    public void Endless_substitution_is_an_error_that_names_the_place()
    {
        HadoopConfiguration configuration = new([[Property("a", "x${b}", 7), Property("b", "y${a}")]], Scope);
        ConfigurationException endless = Assert.Throws<ConfigurationException>(() => configuration.Get("a"));
        Assert.Contains("Variable substitution depth too large: 20", endless.Message, StringComparison.Ordinal);
        Assert.Equal(7, endless.Line);
    }

    [Fact]
    public void Typed_getters_read_what_Java_reads()
    {
        HadoopConfiguration configuration = new(
            [[Property("hex", " 0x1F "), Property("neg", "-0x10"), Property("int", " 42 "), Property("f", "0.3f"), Property("t", "5m"), Property("ms", "250ms"), Property("bare", "7"), Property("b", " TRUE "), Property("odd", "yes"), Property("list", " a , ,b\nc ")]],
            Scope);
        Assert.Equal((31, -16, 42), (configuration.GetInt("hex", 0), configuration.GetInt("neg", 0), configuration.GetInt("int", 0)));
        Assert.Equal(0.3f, configuration.GetFloat("f", 0));
        Assert.Equal(TimeSpan.FromMinutes(5), configuration.GetTime("t", default, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(250), configuration.GetTime("ms", default, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromSeconds(7), configuration.GetTime("bare", default, TimeSpan.FromSeconds(1)));
        Assert.True(configuration.GetBool("b", false));
        Assert.False(configuration.GetBool("odd", false));
        Assert.Contains("neither true nor false", Assert.Single(configuration.Warnings), StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c"], configuration.GetList("list"));
        Assert.Equal(9, configuration.GetInt("unset", 9));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("0x")]
    [InlineData("99999999999")]
    public void A_number_that_is_none_names_file_and_line(string value)
    {
        HadoopConfiguration configuration = new([[Property("n", value, 12)]], Scope);
        ConfigurationException bad = Assert.Throws<ConfigurationException>(() => configuration.GetInt("n", 0));
        Assert.Equal(("test.xml", 12), (bad.File, bad.Line));
        Assert.NotNull(bad.Remedy);
    }

    [Fact]
    public void A_bad_value_of_a_password_is_not_printed()
    {
        HadoopConfiguration configuration = new([[Property("x.password", "hunter2")]], Scope);
        Assert.DoesNotContain("hunter2", configuration.Bad("x.password", "is wrong").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_finds_values_after_substitution()
    {
        HadoopConfiguration configuration = new([[Property("p.a", "${user.name}"), Property("p.b", "2"), Property("q", "3")]], Scope);
        Assert.Equal([("p.a", "kms"), ("p.b", "2")], configuration.WithPrefix("p.").Select(static each => (each.Property.Name, each.Value)).Order());
    }

    private static HadoopProperty Property(string name, string value, int line = 1) => new(name, value, false, "test.xml", line, 1);

    private static IReadOnlyList<HadoopProperty> Layer(string properties) => HadoopXml.Parse(Encoding.UTF8.GetBytes($"<configuration>{properties}</configuration>"), "test.xml");
}
