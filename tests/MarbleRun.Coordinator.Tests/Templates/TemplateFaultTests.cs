using System.Text;
using MarbleRun.Coordinator.Templates;

namespace MarbleRun.Coordinator.Tests.Templates;

public sealed class TemplateFaultTests
{
    private const string Executing = "executing \"data\" at ";

    [Theory]
    [InlineData("{{ hex .Secrets.nope }}", "1:3: " + Executing + "<hex .Secrets.nope>: error calling hex: secret does not exist")]
    [InlineData("{{ pem .Secrets.nope.Cert }}", "1:3: " + Executing + "<pem .Secrets.nope.Cert>: error calling pem: secret does not exist")]
    [InlineData("{{ raw .Previous.Secrets.cert }}", "1:3: " + Executing + "<raw .Previous.Secrets.cert>: error calling raw: secret does not exist")]
    [InlineData("a\nbc{{ base64 .Secrets.nope}}", "2:5: " + Executing + "<base64 .Secrets.nope>: error calling base64: secret does not exist")]
    [InlineData("{{ .Secrets.nope | base64 }}", "1:19: " + Executing + "<base64>: error calling base64: secret does not exist")]
    [InlineData("{{ hex .Secrets.empty }}", "1:3: " + Executing + "<hex .Secrets.empty>: error calling hex: tried to parse secret with empty value")]
    [InlineData("{{ hex (index .Secrets \"nope\") }}", "1:3: " + Executing + "<hex (index .Secrets \"nope\")>: error calling hex: tried to parse secret with empty value")]
    [InlineData("{{ pem .Secrets.key.Cert }}", "1:3: " + Executing + "<pem .Secrets.key.Cert>: error calling pem: tried to parse secret with empty value")]
    [InlineData("{{ pem .Secrets.key }}", "1:3: " + Executing + "<pem .Secrets.key>: error calling pem: invalid secret type for pem encoding")]
    [InlineData("{{ pem .Secrets.key.Type }}", "1:3: " + Executing + "<pem .Secrets.key.Type>: error calling pem: invalid secret type for pem encoding")]
    [InlineData("{{ hex \"x\" }}", "1:3: " + Executing + "<hex \"x\">: error calling hex: invalid secret type")]
    [InlineData("{{ hex .Secrets }}", "1:3: " + Executing + "<hex .Secrets>: error calling hex: invalid secret type")]
    [InlineData("{{ hex (base64 .Secrets.key) }}", "1:3: " + Executing + "<hex (base64 .Secrets.key)>: error calling hex: invalid secret type")]
    [InlineData("{{ raw .Secrets.key.Size }}", "1:3: " + Executing + "<raw .Secrets.key.Size>: error calling raw: invalid secret type")]
    [InlineData("{{ hex .Foo }}", "1:7: " + Executing + "<.Foo>: can't evaluate field Foo in type manifest.TemplateSecrets")]
    [InlineData("{{ hex .MarbleRun.Foo }}", "1:17: " + Executing + "<.MarbleRun.Foo>: can't evaluate field Foo in type manifest.ReservedSecrets")]
    [InlineData("{{ hex .Secrets.key.Foo }}", "1:15: " + Executing + "<.Secrets.key.Foo>: can't evaluate field Foo in type manifest.Secret")]
    [InlineData("{{ hex .Previous.MarbleRun.RootCA }}", "1:16: " + Executing + "<.Previous.MarbleRun.RootCA>: can't evaluate field MarbleRun in type struct { Secrets map[string]manifest.Secret }")]
    [InlineData("{{ hex }}", "1:3: " + Executing + "<hex>: wrong number of args for hex: want 1 got 0")]
    [InlineData("{{ hex .Secrets.key .Secrets.key }}", "1:3: " + Executing + "<hex>: wrong number of args for hex: want 1 got 2")]
    [InlineData("{{ .Secrets.key | hex .Secrets.key }}", "1:18: " + Executing + "<hex>: wrong number of args for hex: want 1 got 2")]
    [InlineData("{{ hex pem }}", "1:7: " + Executing + "<pem>: wrong number of args for pem: want 1 got 0")]
    [InlineData("{{ .Secrets.key }}", "1:3: " + Executing + "<.Secrets.key>: a value of type manifest.Secret needs one of the functions pem, hex, base64, raw")]
    [InlineData("{{ raw .Secrets.key.private }}", "1:15: " + Executing + "<.Secrets.key.private>: can't evaluate field private in type manifest.Secret")]
    public void Execute_Fault_SaysWhereAndWhyAsTheWireDoes(string source, string message)
    {
        Assert.Equal("template: data:" + message, TestTemplates.Fault(source));
    }

    [Theory]
    [InlineData("{{ string .Secrets.key }}", "only secrets of type plain are allowed to use string encoding for environment variables")]
    [InlineData("{{ string .Secrets.plain.Private }}", "only secrets of type plain are allowed to use string encoding for environment variables")]
    [InlineData("{{ string .Secrets.zero }}", "secret contains null bytes")]
    [InlineData("{{ string .Secrets.empty }}", "tried to parse secret with empty value")]
    [InlineData("{{ string .Secrets.nope }}", "secret does not exist")]
    public void Execute_StringInEnvironment_TakesPlainSecretsOnly(string source, string reason)
    {
        Assert.EndsWith(": error calling string: " + reason, TestTemplates.Fault(source, TemplateTarget.Environment), StringComparison.Ordinal);
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
    public void Parse_BrokenTemplate_NamesTheLine(string source, bool environment, string message)
    {
        Assert.Equal("template: data:" + message, TestTemplates.Fault(source, environment ? TemplateTarget.Environment : TemplateTarget.File));
    }

    [Theory]
    [InlineData("{{ if .Secrets.key }}x{{ end }}", "if is")]
    [InlineData("{{ range .Secrets }}{{ end }}", "range is")]
    [InlineData("{{ with .Secrets.key }}{{ end }}", "with is")]
    [InlineData("{{ define \"x\" }}{{ end }}", "define is")]
    [InlineData("{{ template \"x\" }}", "template is")]
    [InlineData("{{ block \"x\" . }}", "block is")]
    [InlineData("{{ printf \"%s\" .Secrets.key.Public }}", "printf is")]
    [InlineData("{{ print .Secrets.nope.Type }}", "print is")]
    [InlineData("{{ call .Secrets.key }}", "call is")]
    [InlineData("{{ $x := .Secrets.key }}", "variables are")]
    [InlineData("{{ hex $ }}", "variables are")]
    [InlineData("{{ 1 }}", "numbers are")]
    [InlineData("{{ -1 }}", "numbers are")]
    [InlineData("{{ 'a' }}", "character constants are")]
    [InlineData("{{ true }}", "true is")]
    [InlineData("{{ nil }}", "nil is")]
    [InlineData("{{ . }}", "the data as a whole is")]
    [InlineData("{{ index .Secrets (hex .Secrets.key) }}", "index is")]
    [InlineData("{{ index .Secrets }}", "index is")]
    [InlineData("{{ \"key\" | index .Secrets }}", "index is")]
    [Trait("Security", "E4")]
    public void Parse_RestOfTheLanguage_IsRefusedInPlainWords(string source, string what)
    {
        string message = TestTemplates.Fault(source);

        Assert.StartsWith("template: data:1: " + what, message, StringComparison.Ordinal);
        Assert.Contains("supported by this Coordinator", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public void Execute_HugeOutput_IsStoppedAtTheLimit()
    {
        var limits = new TemplateLimits { MaxOutput = 100 };

        Assert.Equal(96, TestTemplates.Run(string.Concat(Enumerable.Repeat("{{ hex .Secrets.key }}", 3)), limits: limits).Length);
        Assert.EndsWith("the result is longer than 100 bytes", TestTemplates.Fault(string.Concat(Enumerable.Repeat("{{ hex .Secrets.key }}", 4)), limits: limits), StringComparison.Ordinal);
        Assert.EndsWith("the result is longer than 100 bytes", TestTemplates.Fault(new string('x', 101), limits: limits), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public void Parse_ManyActionsOrParentheses_AreRefused()
    {
        var limits = new TemplateLimits { MaxActions = 2 };

        Assert.Equal("template: data:1: more than 2 actions", TestTemplates.Fault("{{`a`}}{{/* b */}}{{`c`}}", limits: limits));
        Assert.Equal(
            "template: data:1: more than 16 parentheses inside each other",
            TestTemplates.Fault($"{{{{ hex {new string('(', 100_000)}.Secrets.key{new string(')', 100_000)} }}}}"));
    }

    [Fact]
    [Trait("Security", "E4")]
    public void ParseAndExecute_RandomTemplates_FailOnlyWithTemplateExceptionsThatHoldNoSecret()
    {
        var random = new Random(31337);
        string[] parts =
        [
            "{{", "}}", "{{-", "-}}", " ", "\n", "hex", "raw", "pem", "base64", "string", "index", ".Secrets", ".key", ".plain", ".Private", ".Previous", ".MarbleRun", ".", "|", "(", ")",
            "\"my-key\"", "`", "\"", "/*", "*/", "x", "if", "$", "-", "\\", "\u00e9", "7",
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
