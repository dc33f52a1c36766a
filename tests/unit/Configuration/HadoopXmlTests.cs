using System.Text;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Tests.Configuration;

public sealed class HadoopXmlTests
{
    [Fact]
    public void Properties_are_children_or_attributes_and_keep_their_lines()
    {
        IReadOnlyList<HadoopProperty> read = Parse(
            """
            <configuration>
              <property>
                <name> a.b </name>
                <value> x </value>
                <final>true</final>
                <source>one</source>
                <source>two</source>
              </property>
              <property name="c" value="d" final="true"/>
              <property><name>e</name><value></value></property>
              <property><name>f</name></property>
              <property><value>nameless</value></property>
            </configuration>
            """);
        Assert.Equal(
            [
                new HadoopProperty("a.b", " x ", true, "test.xml", 3, 6),
                new HadoopProperty("c", "d", true, "test.xml", 9, 4),
                new HadoopProperty("e", null, false, "test.xml", 10, 14),
                new HadoopProperty("f", null, false, "test.xml", 11, 14),
            ],
            read);
    }

    [Fact]
    public void A_value_keeps_blanks_line_breaks_entities_and_character_data()
    {
        IReadOnlyList<HadoopProperty> read = Parse("<configuration><property><name>a\n b</name><value> x&amp;y\n<!-- no -->z<![CDATA[<]]> </value></property></configuration>");
        HadoopProperty only = Assert.Single(read);
        Assert.Equal(("a\n b", " x&y\nz< "), (only.Name, only.Value));
    }

    [Fact]
    public void A_value_of_blanks_is_a_value_and_an_empty_attribute_too()
    {
        IReadOnlyList<HadoopProperty> read = Parse("<configuration><property><name>a</name><value> </value></property><property name='b' value=''/></configuration>");
        Assert.Equal([" ", ""], read.Select(static each => each.Value!));
    }

    [Fact]
    public void Hadoops_own_dump_is_read_whole()
    {
        StringBuilder dump = new("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><configuration>\n");
        for (int i = 0; i < 1500; i++)
        {
            dump.Append("<property><name>p.").Append(i).Append("\n</name><value>${p.x}").Append(i).Append("</value><final>false</final><source>core-default.xml</source><source>programmatically</source></property>\n");
        }

        IReadOnlyList<HadoopProperty> read = Parse(dump.Append("</configuration>").ToString());
        Assert.Equal(1500, read.Count);
        Assert.Equal(("p.1499", "${p.x}1499"), (read[^1].Name, read[^1].Value));
    }

    [Theory]
    [InlineData("", 1, "no well-formed XML")]
    [InlineData("<configuration><property><name>x", 1, "no well-formed XML")]
    [InlineData("<configuration>\n<property>\n</name>\n</configuration>", 3, "no well-formed XML")]
    [InlineData("<configuration/>\n<configuration/>", 2, "no well-formed XML")]
    [InlineData("<other/>", 1, "<other>, not <configuration>")]
    [InlineData("<!-- c -->\n<html><body/></html>", 2, "<html>, not <configuration>")]
    [InlineData("<!DOCTYPE configuration>\n<configuration/>", 1, "document type declaration")]
    [InlineData("<?xml version='1.0'?>\n<!DOCTYPE c [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><configuration>&x;</configuration>", 2, "document type declaration")]
    [InlineData("<!DOCTYPE c [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>\n<configuration>&b;</configuration>", 1, "document type declaration")]
    [InlineData("<configuration>\n  <xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='other.xml'/>\n</configuration>", 2, "<include> is not supported")]
    [InlineData("<configuration>\n&undefined;</configuration>", 2, "no well-formed XML")]
    [InlineData("<configuration>\u0001</configuration>", 1, "no well-formed XML")]
    public void Bad_files_are_refused_with_file_line_and_column(string text, int line, string expected)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => Parse(text));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith($"test.xml:{line}:", refused.Message, StringComparison.Ordinal);
        Assert.Equal(("test.xml", line), (refused.File, refused.Line));
        Assert.True(refused.Column >= 1);
        Assert.NotNull(refused.Remedy);
    }

    [Fact]
    public void A_file_over_the_limit_is_refused_before_it_is_parsed()
    {
        byte[] large = Encoding.UTF8.GetBytes($"<configuration><!--{new string('x', HadoopXml.MaxSiteBytes)}--></configuration>");
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => HadoopXml.Parse(large, "big.xml"));
        Assert.Contains("larger than 1048576 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Empty(HadoopXml.Parse(large, "big.xml", HadoopXml.MaxAclBytes));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] broken = [.. "<configuration><property><name>a</name><value>"u8, 0xC3, 0x28, .. "</value></property></configuration>"u8];
        Assert.Equal(1, Assert.Throws<ConfigurationException>(() => HadoopXml.Parse(broken, "test.xml")).Line);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        ConfigurationException missing = Assert.Throws<ConfigurationException>(() => HadoopXml.Read("/nonexistent/kms-site.xml"));
        Assert.Equal("/nonexistent/kms-site.xml", missing.File);
    }

    private static IReadOnlyList<HadoopProperty> Parse(string text) => HadoopXml.Parse(Encoding.UTF8.GetBytes(text), "test.xml");
}
