using System.Globalization;
using System.Text;

namespace KmsPS.Engine.Identity;

/// <summary>Values inside LDAP search filters.</summary>
public static class LdapFilter
{
    /// <summary>
    /// A value with everything escaped that could end it or widen it: <c>* ( ) \ NUL</c> and every byte outside printable ASCII. SOURCE:
    /// RFC 4515, section 3.
    /// </summary>
    public static string Escape(string value)
    {
        StringBuilder escaped = new(value.Length);
        foreach (byte each in Encoding.UTF8.GetBytes(value))
        {
            if (each is < 0x20 or >= 0x7F or (byte)'*' or (byte)'(' or (byte)')' or (byte)'\\')
            {
                escaped.Append('\\').Append(each.ToString("x2", CultureInfo.InvariantCulture));
            }
            else
            {
                escaped.Append((char)each);
            }
        }

        return escaped.ToString();
    }

    /// <summary>A filter with <c>{0}</c>, <c>{1}</c> … replaced by escaped values, in one pass.</summary>
    public static string Fill(string filter, params ReadOnlySpan<string> values)
    {
        StringBuilder filled = new();
        for (int i = 0; i < filter.Length; i++)
        {
            if (filter[i] == '{' && i + 2 < filter.Length && filter[i + 2] == '}' && filter[i + 1] - '0' is >= 0 and var index && index < values.Length)
            {
                filled.Append(Escape(values[index]));
                i += 2;
            }
            else
            {
                filled.Append(filter[i]);
            }
        }

        return filled.ToString();
    }
}
