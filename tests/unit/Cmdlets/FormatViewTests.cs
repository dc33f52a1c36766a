using System.Globalization;
using System.Xml.Linq;

namespace KmsPS.Tests.Cmdlets;

/// <summary>The tables that people see, read as data.</summary>
public sealed class FormatViewTests
{
    // Of the 80 columns of a window PowerShell leaves the last one empty.
    private const int Window = 79;

    public static TheoryData<string> Views => new(All().Select(static view => view.Element("Name")!.Value));

    [Theory]
    [MemberData(nameof(Views))]
    public void A_window_of_80_columns_breaks_no_heading(string name)
    {
        XElement view = All().Single(each => each.Element("Name")!.Value == name);
        string[] headings = [.. view.Descendants("TableColumnItem").Select(static item => item.Element("PropertyName")!.Value)];
        int used = 0;
        foreach ((int index, XElement header) in view.Descendants("TableColumnHeader").Index())
        {
            string heading = header.Element("Label")?.Value ?? headings[index];
            int left = Window - used - (used == 0 ? 0 : 1);
            int width = int.Parse(header.Element("Width")?.Value ?? "0", CultureInfo.InvariantCulture);
            if (width == 0 || width > left)
            {
                // PowerShell gives the column what is left, and breaks a longer heading into lines.
                Assert.True(left <= 0 || left >= heading.Length, $"{name} leaves {left} of {Window} columns to {heading}");
                return;
            }

            used = Window - left + width;
        }
    }

    private static IEnumerable<XElement> All() => XDocument.Load(Path.Combine(Vectors.Root, "module", "KmsPS.Format.ps1xml")).Descendants("View");
}
