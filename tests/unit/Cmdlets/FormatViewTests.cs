using System.Globalization;
using System.Xml.Linq;

namespace KmsPS.Tests.Cmdlets;

/// <summary>The tables that people see, read as data.</summary>
public sealed class FormatViewTests
{
    private const int Window = 80;

    // PowerShell gives a column what is left of the window, and breaks its heading into letters where that is next to nothing.
    private const int LeastReadable = 8;

    public static TheoryData<string> Views => new(All().Select(static view => view.Element("Name")!.Value));

    [Theory]
    [MemberData(nameof(Views))]
    public void A_window_of_80_columns_cuts_no_column_down_to_a_few_letters(string name)
    {
        XElement view = All().Single(each => each.Element("Name")!.Value == name);
        int used = 0;
        foreach (XElement header in view.Descendants("TableColumnHeader"))
        {
            int left = Window - used - (used == 0 ? 0 : 1);
            int width = int.Parse(header.Element("Width")?.Value ?? "0", CultureInfo.InvariantCulture);
            if (width == 0 || width > left)
            {
                Assert.True(left <= 0 || left >= LeastReadable, $"{name} leaves {left} columns of an {Window}-column window to one that wants more");
                return;
            }

            used = Window - left + width;
        }
    }

    private static IEnumerable<XElement> All() => XDocument.Load(Path.Combine(Vectors.Root, "module", "KmsPS.Format.ps1xml")).Descendants("View");
}
