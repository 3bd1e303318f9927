using System.Buffers;
using System.Text;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// The remedies for a text that is not JSON. The protocol's error texts report what was found, and not what was intended.
/// </summary>
internal static class SyntaxAdvice
{
    private const string LooksLikeYaml = "This is YAML; the Coordinator accepts JSON. 'marblerun manifest convert' converts YAML to JSON.";

    private static readonly SearchValues<byte> s_word = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.+-"u8);

    /// <summary>Returns one or two sentences; null if there is no better advice than the fault itself.</summary>
    public static string? For(ReadOnlySpan<byte> text, JsonDefect defect) =>
        OfEncoding(text)
        ?? (IsYaml(text) ? LooksLikeYaml : null)
        ?? (defect.Offset >= text.Length ? OfEnd(text) : OfCharacter(text, defect));

    private static string? OfEncoding(ReadOnlySpan<byte> text) => text switch
    {
        [] => "The manifest is empty.",
        [0xef, 0xbb, 0xbf, ..] => "Save the file as UTF-8 without byte order mark.",
        [0xff, 0xfe, ..] or [0xfe, 0xff, ..] or [_, 0, ..] or [0, _, ..] =>
            "The file is UTF-16, as '>' of Windows PowerShell writes it. Save it as UTF-8 without byte order mark.",
        _ => null,
    };

    /// <summary>Whether the first significant line is not JSON, but begins an entry: <c>Packages:</c>, <c>- x</c>, <c>---</c>.</summary>
    private static bool IsYaml(ReadOnlySpan<byte> text)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            return line.StartsWith("---"u8)
                || line.StartsWith("%YAML"u8)
                || line.StartsWith("- "u8)
                || ((char.IsAsciiLetter((char)line[0]) || line[0] is (byte)'"' or (byte)'\'' or (byte)'$')
                    && (line[^1] == ':' || line.IndexOf(": "u8) > 0));
        }

        return false;
    }

    private static string OfEnd(ReadOnlySpan<byte> text)
    {
        (int open, bool isString) = CountOpen(text);
        return isString ? "The text ends inside a string: a double quote is missing, or the rest of the file."
            : open > 0
                ? $"The text ends before {(open == 1 ? "a bracket is" : $"{open} brackets are")} closed: add what is missing, or send the "
                + $"whole file."
            : "The text ends in the middle of a value; send the whole file.";
    }

    /// <summary>Only called for a text that is valid up to its end.</summary>
    private static (int Open, bool IsString) CountOpen(ReadOnlySpan<byte> text)
    {
        int open = 0;
        bool isString = false;
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'\\' when isString:
                    i++;
                    break;
                case (byte)'"':
                    isString = !isString;
                    break;
                case (byte)'{' or (byte)'[' when !isString:
                    open++;
                    break;
                case (byte)'}' or (byte)']' when !isString:
                    open--;
                    break;
            }
        }

        return (open, isString);
    }

    private static string? OfCharacter(ReadOnlySpan<byte> text, JsonDefect defect)
    {
        ReadOnlySpan<byte> rest = text[defect.Offset..];
        char found = (char)rest[0];
        char before = LastOf(text[..defect.Offset]);
        if (Has(defect, "in string literal"))
        {
            return found switch
            {
                '\n' or '\r' => "A string must be on one line: write its line breaks as \\n, also those of PEM.",
                '\t' => "Write a tab inside a string as \\t.",
                _ => $"Write this character as \\u{(int)found:x4}.",
            };
        }

        if (Has(defect, "escape"))
        {
            return "A backslash in a string is written twice; what may follow a single one is \" \\ / b f n r t, or u with four "
                + "hexadecimal digits.";
        }

        return OfQuote(rest)
            ?? OfComment(rest)
            ?? (Has(defect, "after top-level value") ? OfRest(found, before) : null)
            ?? (found is '}' or ']' ? OfBracket(before, defect) : null)
            ?? OfMissing(found, before, defect)
            ?? OfWord(rest, before);
    }

    private static string? OfQuote(ReadOnlySpan<byte> rest) => rest switch
    {
        [(byte)'\'', ..] => "JSON uses double quotes only: write \" instead of '.",
        [(byte)'`', ..] => "JSON uses double quotes only: write \" instead of `.",
        [0xe2, 0x80, >= 0x98 and <= 0x9f, ..] or [0xc2, 0xab or 0xbb, ..] =>
            "This is a typographic quote, as word processors write it: write \" instead.",
        [0xc2, 0xa0, ..] or [0xe2, 0x80, >= 0x80 and <= 0x8b, ..] or [0xe3, 0x80, 0x80, ..] =>
            "This is a special space character, perhaps from a web page: use an ordinary space.",
        _ => null,
    };

    private static string OfRest(char found, char before) =>
        found is '}' or ']' ? $"There is one {found} too many; remove it."
        : before == '0' && (char.IsAsciiDigit(found) || found is 'x' or 'X') ? "Numbers are decimal and have no zeros in front."
        : "A manifest is one JSON object; remove what follows it.";

    private static string? OfComment(ReadOnlySpan<byte> rest) =>
        rest[0] is (byte)'/' or (byte)'#' ? "JSON has no comments; remove them." : null;

    private static string? OfBracket(char before, JsonDefect defect) => before switch
    {
        ',' => "Remove the comma before it.",
        ':' => "A value is missing before it.",
        _ when Has(defect, "after array element") || before == '[' => "An array ends with ]; close it before the object around it.",
        _ when Has(defect, "after object key:value pair") || before == '{' => "An object ends with }; close it before the array around it.",
        _ when Has(defect, "after object key") => "A colon and a value are missing before it.",
        _ => null,
    };

    private static string? OfMissing(char found, char before, JsonDefect defect) =>
        found == ',' && before is ',' or '[' or '{' or ':' ? "Remove this comma."
        : before == '0' && (char.IsAsciiDigit(found) || found is 'x' or 'X') ? "Numbers are decimal and have no zeros in front."
        : Has(defect, "after object key:value pair") && found == ':'
            ? "A name and its value must be in { }, and a value cannot be followed by a colon: is a quote or a comma missing before it?"
        : Has(defect, "after object key:value pair") || Has(defect, "after array element") ? "A comma is missing before it, or a quote."
        : Has(defect, "after object key") ? "Write a colon between a name and its value."
        : Has(defect, "looking for beginning of object key string") ? "Names must be in double quotes."
        : null;

    private static string? OfWord(ReadOnlySpan<byte> rest, char before)
    {
        int length = rest.IndexOfAnyExcept(s_word);
        string word = Encoding.ASCII.GetString(length < 0 ? rest[..Math.Min(rest.Length, 32)] : rest[..Math.Min(length, 32)]);
        return word.ToUpperInvariant() switch
        {
            "TRUE" or "FALSE" or "NULL" => $"Write {word.ToLowerInvariant()}; case matters.",
            "NONE" or "NIL" or "UNDEFINED" or "IL" => "Write null, or leave the member out.",
            "YES" or "ON" => "Write true.",
            "NO" or "OFF" => "Write false.",
            "NAN" or "INFINITY" => "JSON has no such number.",
            ['+' or '.', ..] => "A number begins with a digit or a minus sign.",
            _ when before is ':' or '[' or ',' && word.Length > 0 && char.IsAsciiLetter(word[0]) => "Strings must be in double quotes.",
            _ => null,
        };
    }

    private static bool Has(JsonDefect defect, string words) => defect.Message.Contains(words, StringComparison.Ordinal);

    private static char LastOf(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> trimmed = text.TrimEnd(" \t\r\n"u8);
        return trimmed.IsEmpty ? '\0' : (char)trimmed[^1];
    }
}
