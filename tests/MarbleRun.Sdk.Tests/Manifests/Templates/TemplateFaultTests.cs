using System.Text;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests.Templates;

public sealed class TemplateFaultTests
{
    private const string Executing = "executing \"data\" at ";

    [Theory]
    [InlineData("{{ hex .Secrets.nope }}", "1:3: " + Executing + "<hex .Secrets.nope>: error calling hex: secret does not exist")]
    [InlineData("{{ pem .Secrets.nope.Cert }}", "1:3: " + Executing + "<pem .Secrets.nope.Cert>: error calling pem: secret does not exist")]
    [InlineData(
        "{{ raw .Previous.Secrets.cert }}", "1:3: " + Executing + "<raw .Previous.Secrets.cert>: error calling raw: secret does not exist")]
    [InlineData(
        "a\nbc{{ base64 .Secrets.nope}}", "2:5: " + Executing + "<base64 .Secrets.nope>: error calling base64: secret does not exist")]
    [InlineData("{{ .Secrets.nope | base64 }}", "1:19: " + Executing + "<base64>: error calling base64: secret does not exist")]
    [InlineData(
        "{{ hex .Secrets.empty }}",
        "1:3: " + Executing + "<hex .Secrets.empty>: error calling hex: tried to parse secret with empty value")]
    [InlineData(
        "{{ hex (index .Secrets \"nope\") }}",
        "1:3: " + Executing + "<hex (index .Secrets \"nope\")>: error calling hex: tried to parse secret with empty value")]
    [InlineData(
        "{{ pem .Secrets.key.Cert }}",
        "1:3: " + Executing + "<pem .Secrets.key.Cert>: error calling pem: tried to parse secret with empty value")]
    [InlineData(
        "{{ pem .Secrets.key }}", "1:3: " + Executing + "<pem .Secrets.key>: error calling pem: invalid secret type for pem encoding")]
    [InlineData(
        "{{ pem .Secrets.key.Type }}",
        "1:3: " + Executing + "<pem .Secrets.key.Type>: error calling pem: invalid secret type for pem encoding")]
    [InlineData("{{ hex \"x\" }}", "1:3: " + Executing + "<hex \"x\">: error calling hex: invalid secret type")]
    [InlineData("{{ hex .Secrets }}", "1:3: " + Executing + "<hex .Secrets>: error calling hex: invalid secret type")]
    [InlineData(
        "{{ hex (base64 .Secrets.key) }}", "1:3: " + Executing + "<hex (base64 .Secrets.key)>: error calling hex: invalid secret type")]
    [InlineData("{{ raw .Secrets.key.Size }}", "1:3: " + Executing + "<raw .Secrets.key.Size>: error calling raw: invalid secret type")]
    [InlineData("{{ hex .Foo }}", "1:7: " + Executing + "<.Foo>: can't evaluate field Foo in type manifest.TemplateSecrets")]
    [InlineData(
        "{{ hex .MarbleRun.Foo }}", "1:17: " + Executing + "<.MarbleRun.Foo>: can't evaluate field Foo in type manifest.ReservedSecrets")]
    [InlineData(
        "{{ hex .Secrets.key.Foo }}", "1:15: " + Executing + "<.Secrets.key.Foo>: can't evaluate field Foo in type manifest.Secret")]
    [InlineData("{{ hex .Previous.MarbleRun.RootCA }}", "1:16: "
        + Executing
        + "<.Previous.MarbleRun.RootCA>: can't evaluate field MarbleRun in type struct { Secrets map[string]manifest.Secret }")]
    [InlineData("{{ hex }}", "1:3: " + Executing + "<hex>: wrong number of args for hex: want 1 got 0")]
    [InlineData("{{ hex .Secrets.key .Secrets.key }}", "1:3: " + Executing + "<hex>: wrong number of args for hex: want 1 got 2")]
    [InlineData("{{ .Secrets.key | hex .Secrets.key }}", "1:18: " + Executing + "<hex>: wrong number of args for hex: want 1 got 2")]
    [InlineData("{{ hex pem }}", "1:7: " + Executing + "<pem>: wrong number of args for pem: want 1 got 0")]
    [InlineData(
        "{{ .Secrets.key }}",
        "1:3: " + Executing + "<.Secrets.key>: a value of type manifest.Secret needs one of the functions pem, hex, base64, raw")]
    [InlineData(
        "{{ .Secrets.key.Cert }}",
        "1:3: " + Executing + "<.Secrets.key.Cert>: a value of type manifest.Certificate needs one of the functions pem, hex, base64, raw")]
    [InlineData(
        "{{ . }}", "1:3: " + Executing + "<.>: a value of type manifest.TemplateSecrets needs one of the functions pem, hex, base64, raw")]
    [InlineData(
        "{{ print .Secrets }}",
        "1:3: " + Executing + "<print .Secrets>: error calling print: a value of type map[string]manifest.Secret cannot be printed")]
    [InlineData(
        "{{ printf \"%s\" .Secrets.nope }}",
        "1:3: " + Executing + "<printf \"%s\" .Secrets.nope>: error calling printf: %s of a value that does not exist")]
    [InlineData(
        "{{ printf \"%d\" .Secrets.key.Type }}",
        "1:3: " + Executing + "<printf \"%d\" .Secrets.key.Type>: error calling printf: %d does not take a value of type string")]
    [InlineData("{{ if false }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}", "1:40: " + Executing + "<$x>: undefined variable: $x")]
    [InlineData(
        "{{ range .Secrets.key }}{{ end }}",
        "1:9: " + Executing + "<.Secrets.key>: range can't iterate over a value of type manifest.Secret")]
    [InlineData("{{ len }}", "1:3: " + Executing + "<len>: wrong number of args for len: want 1 got 0")]
    [InlineData("{{ and }}", "1:3: " + Executing + "<and>: wrong number of args for and: want at least 1 got 0")]
    [InlineData(
        "{{ lt .Secrets.key.Type 1 }}",
        "1:3: " + Executing + "<lt .Secrets.key.Type 1>: error calling lt: incompatible types for comparison")]
    [InlineData(
        "{{ raw .Secrets.key.private }}",
        "1:15: " + Executing + "<.Secrets.key.private>: can't evaluate field private in type manifest.Secret")]
    [Case("manifest", "`pem` of a whole key fails")]
    [Case("manifest", "A missing or an empty secret fails")]
    [Case("marble-api", "`pem` of a key, unknown and empty secrets, `string` of what is not plain")]
    public void Execute_Fault_SaysWhereAndWhyAsTheWireDoes(string source, string message)
    {
        Assert.Equal("template: data:" + message, TestTemplates.Fault(source));
    }

    [Theory]
    [InlineData("{{ string .Secrets.key }}", "only secrets of type plain are allowed to use string encoding for environment variables")]
    [InlineData(
        "{{ string .Secrets.plain.Private }}", "only secrets of type plain are allowed to use string encoding for environment variables")]
    [InlineData("{{ string .Secrets.zero }}", "secret contains null bytes")]
    [InlineData("{{ string .Secrets.empty }}", "tried to parse secret with empty value")]
    [InlineData("{{ string .Secrets.nope }}", "secret does not exist")]
    [Case("manifest", "`string`: plain text passes, zero bytes and other types fail")]
    [Case("marble-api", "`pem` of a key, unknown and empty secrets, `string` of what is not plain")]
    public void Execute_StringInEnvironment_TakesPlainSecretsOnly(string source, string reason)
    {
        Assert.EndsWith(
            ": error calling string: " + reason, TestTemplates.Fault(source, TemplateTarget.Environment), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ raw .Secrets.key }}", true, "1: function \"raw\" not defined")]
    [InlineData("{{ string .Secrets.plain }}", false, "1: function \"string\" not defined")]
    [InlineData("\n\n{{ nope }}", false, "3: function \"nope\" not defined")]
    [InlineData("{{", false, "1: unclosed action")]
    [InlineData("x {{ hex .Secrets.key", false, "1: unclosed action")]
    [InlineData("{{ hex .Secrets.key\n\n", false, "3: unclosed action started at data:1")]
    [InlineData("{{/* x", false, "1: unclosed comment")]
    [InlineData("{{/* x */ y}}", false, "1: comment ends before closing delimiter")]
    [InlineData("{{}}", false, "1: missing value for command")]
    [InlineData("{{ hex .Secrets.my-key }}", false, "1: bad character U+002D '-'; names with a hyphen need (index .Secrets \"the-name\")")]
    [InlineData("{{ hex \"abc }}", false, "1: unterminated quoted string")]
    [InlineData("{{ hex `abc }}", false, "1: unterminated raw quoted string")]
    [InlineData("{{ hex \"\\q\" }}", false, "1: invalid syntax in string \"\\q\"")]
    [InlineData("{{ hex (.Secrets.key }}", false, "1: unclosed left paren")]
    [InlineData("{{ hex .Secrets.key) }}", false, "1: unexpected right paren")]
    [InlineData("{{ hex % }}", false, "1: unrecognized character in action: U+0025 '%'")]
    [InlineData("{{ .Secrets.key | .Secrets.key }}", false, "1: non executable command in pipeline stage 2")]
    [InlineData("{{ .Secrets.key hex }}", false, "1: can't give argument to non-function .Secrets.key")]
    [InlineData("{{ hex .Secrets.key | }}", false, "1: missing value for command")]
    [InlineData("{{ if }}{{ end }}", false, "1: missing value for if")]
    [InlineData("a\n{{ end }}", false, "2: unexpected {{end}}")]
    [InlineData("{{ else }}", false, "1: unexpected {{else}}")]
    [InlineData("{{ if true }}\n\nx", false, "3: unexpected EOF: the if of line 1 has no end")]
    [InlineData("{{ if true }}{{ else }}{{ else }}{{ end }}", false, "1: expected end; found {{else}}")]
    [InlineData("{{ range .Secrets }}{{ else if true }}{{ end }}", false, "1: unexpected <if> in else of range")]
    [InlineData("{{ break }}", false, "1: {{break}} outside {{range}}")]
    [InlineData("{{ hex $x }}", false, "1: undefined variable \"$x\"")]
    [InlineData("{{ if $x := 1 }}{{ end }}{{ $x }}", false, "1: undefined variable \"$x\"")]
    [InlineData("{{ $ := 1 }}", false, "1: the variable $ is always the data; choose another name")]
    [InlineData("{{ $x, $y := .Secrets }}", false, "1: too many declarations in command")]
    [InlineData("{{ 99999999999999999999 }}", false, "1: integer overflow: 99999999999999999999")]
    [InlineData("{{ 0x }}", false, "1: bad number syntax: 0x")]
    [InlineData("{{ 'ab' }}", false, "1: malformed character constant: 'ab'")]
    [InlineData("{{ nil }}", false, "1: nil is not a command")]
    [InlineData("{{ printf .Secrets.key.Type }}", false, "1: printf needs a string literal as its format in this Coordinator")]
    [InlineData("{{ printf \"%d %d\" 1 }}", false, "1: printf: the format \"%d %d\" takes 2 values, there are 1")]
    [InlineData("{{ end }} {{ hex if }}", false, "1: unexpected {{end}}")]
    [InlineData("{{ hex if }}", false, "1: unexpected <if> in operand")]
    public void Parse_BrokenTemplate_NamesTheLine(string source, bool environment, string message)
    {
        Assert.Equal(
            "template: data:" + message, TestTemplates.Fault(source, environment ? TemplateTarget.Environment : TemplateTarget.File));
    }

    [Theory]
    [InlineData("{{ define \"x\" }}{{ end }}", "define is")]
    [InlineData("{{ template \"x\" }}", "template is")]
    [InlineData("{{ block \"x\" . }}", "block is")]
    [InlineData("{{ call .Secrets.key }}", "call is")]
    [InlineData("{{ 1.5 }}", "fractions and complex numbers are")]
    [InlineData("{{ print 1e3 }}", "fractions and complex numbers are")]
    [InlineData("{{ if true }}{{ else with 1 }}{{ end }}", "else with is")]
    [InlineData("{{ hex ($x := .Secrets.key) }}", "variables inside parentheses are")]
    [InlineData("{{ printf \"%T\" 1 }}", "printf: %T with its flags is")]
    [InlineData("{{ printf \"%+v\" 1 }}", "printf: %v with its flags is")]
    [InlineData("{{ printf \"%*d\" 1 1 }}", "printf: %* with its flags is")]
    [InlineData("{{ if true }}{{ else }}{{ template `x` }}{{ end }}", "template is")]
    [Trait("Security", "E4")]
    public void Parse_RestOfTheLanguage_IsRefusedInPlainWords(string source, string what)
    {
        string message = TestTemplates.Fault(source);

        Assert.StartsWith("template: data:1: " + what, message, StringComparison.Ordinal);
        Assert.Contains("supported by this Coordinator", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public void ParseAndExecute_RandomTemplates_FailOnlyWithTemplateExceptionsThatHoldNoSecret()
    {
        var random = new Random(31337);
        string[] parts =
        [
            "{{", "}}", "{{-", "-}}", " ", "\n", "hex", "raw", "pem", "base64", "string", "index", ".Secrets", ".key", ".plain",
            ".Private", ".Previous", ".MarbleRun", ".", "|", "(", ")",
            "\"my-key\"", "`", "\"", "/*", "*/", "x", "if ", "$", "$x", ":=",
            "=", ",", "-", "\\", "\u00e9", "7", "range ", "end", "else", "print ", "'", "len ", "eq ",
        ];
        string canary = Convert.ToHexStringLower(TestTemplates.Key);
        int ran = 0;
        for (int i = 0; i < 100_000; i++)
        {
            string source = "{{" + string.Concat(random.GetItems(parts, random.Next(1, 10))) + "}}";
            try
            {
                _ = TestTemplates.Run(source, i % 2 == 0 ? TemplateTarget.File : TemplateTarget.Environment);
                ran++;
            }
            catch (TemplateException exception)
            {
                Assert.DoesNotContain(canary, exception.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(ran, 100, 99_000);
    }

    [Fact]
    [Trait("Security", "E4")]
    public void Parse_RandomBytes_FailOnlyWithTemplateExceptions()
    {
        var random = new Random(8);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] source = new byte[random.Next(40)];
            random.NextBytes(source);
            byte[] template = [.. Encoding.ASCII.GetBytes("{{ "), .. source, .. Encoding.ASCII.GetBytes(" }}")];

            Exception? fault = Record.Exception(() => Template.Parse(template, TemplateTarget.File));

            Assert.True(fault is null or TemplateException, fault?.ToString());
        }
    }
}
