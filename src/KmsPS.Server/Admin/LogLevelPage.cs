using System.Net;
using System.Text;

namespace KmsPS.Server.Admin;

/// <summary>The text of <c>/logLevel</c>. <c>hadoop daemonlog</c> reads the lines marked as output.</summary>
/// <remarks>SOURCE: Hadoop LogLevel.Servlet.</remarks>
internal sealed class LogLevelPage(LogLevels levels)
{
    private const string Mark = "<!-- OUTPUT -->";

    /// <summary>Shows, and sets when a level is given.</summary>
    public string Render(string? logger, string? level)
    {
        StringBuilder page = new("<html>\n<link rel='stylesheet' type='text/css' href='/static/hadoop.css'>\n<title>Log Level</title>\n<body>\n<h1>Log Level</h1>\n\n");
        if (logger is not null)
        {
            page.Append("<br /><hr /><h3>Results</h3>\n");
            Line(page, "Submitted Class Name:", logger);
            Line(page, "Log Class:", typeof(ILogger).FullName!);
            if (level is not null)
            {
                Line(page, "Submitted Level:", level);
                if (levels.TrySet(logger, level))
                {
                    page.Append(Mark).Append("Setting Level to ").Append(WebUtility.HtmlEncode(level)).Append(" ...<br />\n");
                }
                else
                {
                    Line(page, "Bad Level :", level);
                }
            }

            Line(page, "Effective Level:", LogLevels.Word(levels.Of(logger)));
        }

        return page.Append(
            """

            <br /><hr /><h3>Get / Set</h3>
            <form>Class Name: <input type='text' size='50' name='log' /> <input type='submit' value='Get Log Level' /></form>
            <form>Class Name: <input type='text' size='50' name='log' /> Level: <input type='text' name='level' /> <input type='submit' value='Set Log Level' /></form>
            <hr />
            </body></html>

            """).ToString();
    }

    private static void Line(StringBuilder page, string what, string value) =>
        page.Append(Mark).Append(what).Append(" <b>").Append(WebUtility.HtmlEncode(value)).Append("</b><br />\n");
}
