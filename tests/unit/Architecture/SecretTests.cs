using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Engine;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Architecture;

/// <summary>Secrets stay in <see cref="SecretBytes"/>: no public member hands one out in the clear, and no text form shows one.</summary>
public sealed partial class SecretTests
{
    private const string Marker = "MARKER-of-a-secret-0123456789abc";

    // Members whose name speaks of secrets and whose value is none, each with its reason.
    private static readonly Dictionary<string, string> Harmless = new()
    {
        ["EncryptedKeyVersion.EncryptedMaterial"] = "ciphertext, made to travel",
        ["JavaKeyStoreEntry.EncryptedPrivateKey"] = "ciphertext, as it lies in the file",
        ["EekBody.Material"] = "the wrapped data key of a request",
        ["EekBatch.EncryptedMaterial"] = "the same",
    };

    [Fact]
    public void No_public_member_yields_a_secret_in_the_clear() => Verdict.None(
        from type in typeof(KmsEngine).Assembly.GetExportedTypes()
        from member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where !member.DeclaringType!.IsEnum && SecretName().IsMatch(member.Name) && IsOpen(member) && !Harmless.ContainsKey($"{type.Name}.{member.Name}")
        select $"{type.FullName}.{member.Name}",
        "return SecretBytes, or make it internal; a name that only sounds secret goes into Harmless with its reason.");

    [Fact]
    public void No_text_form_of_a_public_type_shows_a_secret()
    {
        List<string> tried = [];
        List<string> violations = [];
        foreach (Type type in typeof(KmsEngine).Assembly.GetExportedTypes().Where(static type => type is { IsAbstract: false, IsGenericTypeDefinition: false, IsEnum: false, IsByRefLike: false }))
        {
            if (!HoldsSecret(type) || Make(type, depth: 3) is not { } value)
            {
                continue;
            }

            tried.Add(type.Name);
            if (Shows($"{value}") || Shows(Json(value)))
            {
                violations.Add(type.FullName!);
            }
        }

        Assert.Contains(nameof(KeyVersion), tried);
        Assert.Contains(nameof(NewKey), tried);
        Assert.Contains(nameof(SecretBytes), tried);
        Verdict.None(violations, "override ToString, and keep the secret in SecretBytes, whose text form is its length.");
    }

    [Fact]
    public void The_search_finds_a_secret_that_is_shown() => Assert.All(
        (string[])[Marker, Convert.ToHexString(Encoding.ASCII.GetBytes(Marker)), Convert.ToBase64String(Encoding.ASCII.GetBytes(Marker))],
        static text => Assert.True(Shows($"a {text} b")));

    private static bool HoldsSecret(Type type) => type == typeof(SecretBytes)
        || type.GetConstructors().SelectMany(static each => each.GetParameters()).Any(static each => each.ParameterType == typeof(SecretBytes));

    private static bool Shows(string text)
    {
        byte[] raw = Encoding.ASCII.GetBytes(Marker);
        string base64 = Convert.ToBase64String(raw).TrimEnd('=');
        return text.Contains(Marker, StringComparison.Ordinal)
            || text.Contains(Convert.ToHexString(raw), StringComparison.OrdinalIgnoreCase)
            || text.Contains(base64, StringComparison.Ordinal)
            || text.Contains(base64.Replace('+', '-').Replace('/', '_'), StringComparison.Ordinal)
            || text.Contains(string.Join(",", raw), StringComparison.Ordinal);
    }

    private static string Json(object value)
    {
        try
        {
            return JsonSerializer.Serialize(value, value.GetType());
        }
        catch (Exception refusal) when (refusal is NotSupportedException or InvalidOperationException or JsonException)
        {
            // A type that no serialiser takes shows nothing.
            return "";
        }
    }

    // Fills a constructor with the marker wherever a secret goes, and with something valid everywhere else.
    private static object? Make(Type type, int depth)
    {
        object? simple = type switch
        {
            _ when type == typeof(SecretBytes) => SecretBytes.CopyOf(Encoding.ASCII.GetBytes(Marker)),
            _ when type == typeof(string) => "text",
            _ when type == typeof(KeyName) => KeyName.Parse("k1"),
            _ when type == typeof(bool) => true,
            _ when type.IsEnum => Enum.GetValues(type).GetValue(0),
            _ when type == typeof(nint) || type == typeof(nuint) || typeof(Delegate).IsAssignableFrom(type) => null,
            _ when type.IsPrimitive => Convert.ChangeType(1, type, null),
            _ when type.IsArray => Array.CreateInstance(type.GetElementType()!, 0),
            _ => null,
        };
        if (simple is not null || depth == 0 || type.Assembly != typeof(KmsEngine).Assembly)
        {
            return simple;
        }

        foreach (ConstructorInfo constructor in type.GetConstructors().OrderByDescending(static each => each.GetParameters().Length))
        {
            object?[] arguments = [.. constructor.GetParameters().Select(each => Make(Nullable.GetUnderlyingType(each.ParameterType) ?? each.ParameterType, depth - 1))];
            try
            {
                return constructor.Invoke(arguments);
            }
            catch (Exception refusal) when (refusal is TargetInvocationException or ArgumentException)
            {
                // It wants what cannot be guessed; the next one may not.
                continue;
            }
        }

        return null;
    }

    private static bool IsOpen(MemberInfo member)
    {
        Type? type = member switch
        {
            PropertyInfo property => property.PropertyType,
            FieldInfo { IsLiteral: false } field => field.FieldType,
            MethodInfo { IsSpecialName: false } method => method.ReturnType,
            _ => null,
        };
        Type? inner = type is { IsGenericType: true } ? type.GetGenericArguments()[0] : null;
        return type == typeof(string) || type == typeof(byte[]) || type == typeof(char[])
            || inner == typeof(byte) || inner == typeof(char) || inner == typeof(string) || inner == typeof(byte[]);
    }

    [GeneratedRegex("(Material|Secret|Password|Passphrase|Pin|PrivateKey|Plaintext)($|Bytes|Text|Value|Async)")]
    private static partial Regex SecretName();
}
