using System.Globalization;
using System.Text;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>
/// Makes templates from a grammar: most are right, some are wrong in their types, a few are broken text. The same seed gives the same
/// templates.
/// </summary>
internal sealed class TemplateGenerator(int seed)
{
    private static readonly string[] s_paths =
    [
        "Secrets.key", "Secrets.cert", "Secrets.plain", "Secrets.text", "Secrets.noise", "Secrets.zero", "Secrets.ü",
        "Previous.Secrets.key",
    ];
    private static readonly string[] s_rarePaths =
    [
        "Secrets.empty",
        "Secrets.nope",
        "Previous.Secrets.cert",
        "MarbleRun.MarbleCert",
        "MarbleRun.RootCA",
        "Foo",
    ];
    private static readonly string[] s_fields = ["Cert", "Public", "Private", "Type", "Size", "ValidFor", "Shared", "UserDefined"];
    private static readonly string[] s_literals =
    [
        "1", "0", "-3", "0x10", "16", "'a'", "\"\"", "\"a\"", "\"key\"", "\"my-key\"", "`x y`", "\"\\u00fc\\n\"",
        "`<a href='b\">&=\\+`", "\"\\x00\\xff\\u2028\\U0001f600\"", "true", "false", "nil",
    ];
    private static readonly string[] s_formats =
    [
        "%v", "%s", "%q", "%d", "%x", "%X", "%5v|", "%-6s|", "%05d", "%.2s", "% x", "%c", "%t", "%b", "%o", "%#x",
    ];
    private static readonly string[] s_texts = ["a", " ", "\n", "x y", "}", "é", "text "];
    private static readonly string[] s_broken =
    [
        "{{", "}}", "{{end}}", "{{else}}", "(", ")", "|", "$x", ".", ":=", "\"", "`", "-}}", "{{- ", "{{break}}", ",", "'",
    ];

    private readonly Random _random = new(seed);
    private readonly List<string> _variables = ["$"];
    private int _loops;
    private int _isInside;

    public string Next()
    {
        _variables.RemoveRange(1, _variables.Count - 1);
        _loops = _isInside = 0;
        string template = Body(3);
        for (int i = _random.Next(12) - 10; i >= 0; i--)
        {
            int at = _random.Next(template.Length + 1);
            template = _random.Next(2) == 0
                ? template.Insert(at, Pick(s_broken))
                : template.Remove(Math.Min(at, Math.Max(0, template.Length - 1)), Math.Min(1, template.Length));
        }

        return template;
    }

    private string Pick(IReadOnlyList<string> choices) => choices[_random.Next(choices.Count)];

    private bool Rarely(int oneIn) => _random.Next(oneIn) == 0;

    private string Body(int depth)
    {
        int scope = _variables.Count;
        var text = new StringBuilder();
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            _ = text.Append(_random.Next(8) switch
            {
                0 or 1 => Pick(s_texts),
                2 or 3 when depth > 0 => Block(depth),
                4 => SetVariable(depth),
                5 when _loops > 0 && Rarely(2) => Action(Pick(["break", "continue"])),
                _ => Action(Pipe(depth)),
            });
        }

        _variables.RemoveRange(scope, _variables.Count - scope);
        return text.ToString();
    }

    private string Action(string inside) => (Rarely(8) ? "{{- " : "{{") + inside + (Rarely(8) ? " -}}" : "}}");

    private string Block(int depth)
    {
        (int scope, int outside) = (_variables.Count, _isInside);
        string kind = Pick(["if", "with", "range"]);
        string head = kind == "range"
            ? Pick([Rooted("Secrets"), Rooted("Previous.Secrets"), Path() + ".Public", "slice .Secrets.key.Public 1 4", Operand(1)])
            : Pipe(1);
        string variables = string.Empty;
        if (Rarely(2))
        {
            string[] names = kind == "range" && Rarely(2) ? [Name(), Name()] : [Name()];

            // Go before 1.20 overwrites another variable when a loop assigns two.
            bool assigns = names.Length == 1 && _variables.Contains(names[0]) && Rarely(2);
            variables = string.Join(", ", names) + (assigns ? " = " : " := ");
            _variables.AddRange(names);
        }

        var text = new StringBuilder(Action($"{kind} {variables}{head}"));
        _loops += kind == "range" ? 1 : 0;
        _isInside += kind == "if" || Rarely(9) ? 0 : 1;
        _ = text.Append(Body(depth - 1));
        _loops -= kind == "range" ? 1 : 0;
        _isInside = outside;
        if (kind == "if" && Rarely(4))
        {
            _ = text.Append(Action("else if " + Pipe(1))).Append(Body(depth - 1));
        }

        if (Rarely(2))
        {
            _ = text.Append(Action("else")).Append(Body(depth - 1));
        }

        _variables.RemoveRange(scope, _variables.Count - scope);
        return text.Append(Action("end")).ToString();
    }

    private string SetVariable(int depth)
    {
        string name = Name();
        string action = Action($"{name} {(_variables.Contains(name) && Rarely(2) ? "=" : ":=")} {Pipe(depth)}");
        _variables.Add(name);
        return action;
    }

    private string Name() => Pick(["$x", "$y", "$z"]);

    private string Pipe(int depth)
    {
        string pipe = Command(depth);
        for (int i = _random.Next(5) - 3; i > 0; i--)
        {
            pipe += " | "
                + Pick(
                [
                    "hex", "len", "print", "println", "not", "base64", "raw", "printf \"%v\"", "eq 1", "and 1", "or 0", "html", "js",
                    "urlquery",
                ]);
        }

        return pipe;
    }

    private string Command(int depth) => _random.Next(11) switch
    {
        0 or 1 => $"{Pick(["hex", "raw", "base64"])} {Secret()}",
        2 => $"pem {Path()}.{Pick(["Cert", "Public", "Private"])}",
        3 => $"{Pick(["eq", "ne", "lt", "le", "gt", "ge"])} {Operand(depth)} {Operand(depth)}",
        4 => $"{Pick(["and", "or"])} {Operand(depth)} {Operand(depth)}",
        5 =>
            $"{Pick(["len", "not", "print", "println", "html", "js", "urlquery"])} "
            + $"{Operand(depth)}{(Rarely(4) ? " " + Operand(depth) : string.Empty)}",
        6 => $"index {Rooted("Secrets")} {(Rarely(2) ? "\"key\"" : Operand(depth))}",
        7 => $"index {Path()}.Public {_random.Next(4).ToString(CultureInfo.InvariantCulture)}",
        8 => $"slice {Pick([Path() + ".Public", "\"hello\"", Operand(depth)])} {_random.Next(3).ToString(CultureInfo.InvariantCulture)}",
        9 => $"printf \"{Pick(s_formats)}\" {Operand(depth)}",
        _ => Operand(depth),
    };

    private string Operand(int depth) => _random.Next(8) switch
    {
        0 or 1 => Pick(s_literals),
        2 => $"{Path()}.{Pick(s_fields)}",
        3 when depth > 0 => $"({Pipe(depth - 1)})",
        4 => Pick(_variables) is var name && name == "$" && !Rarely(9) ? "$.Secrets.key.Type" : name,
        5 => Secret(),
        6 when _isInside > 0 => ".",
        _ => $"{Path()}.{Pick(["Public", "Type"])}",
    };

    private string Secret() => Rarely(5) ? $"(index {Rooted("Secrets")} \"{Pick(["key", "my-key", "cert", "nope"])}\")" : Path();

    private string Path() => Rooted(Pick(Rarely(8) ? s_rarePaths : s_paths));

    private string Rooted(string path) => (_isInside > 0 || Rarely(4) ? "$." : ".") + path;
}
