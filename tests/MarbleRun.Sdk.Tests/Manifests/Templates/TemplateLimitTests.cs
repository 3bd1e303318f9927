using System.Text;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>Templates that would take all memory or time.</summary>
[Trait("Security", "E4")]
public sealed class TemplateLimitTests
{
    [Fact]
    public void Execute_HugeOutput_IsStoppedAtTheLimit()
    {
        var limits = new TemplateLimits { MaxOutput = 100 };

        Assert.Equal(96, TestTemplates.Run(string.Concat(Enumerable.Repeat("{{ hex .Secrets.key }}", 3)), limits: limits).Length);
        Assert.EndsWith(
            "the result is longer than 100 bytes",
            TestTemplates.Fault(string.Concat(Enumerable.Repeat("{{ hex .Secrets.key }}", 4)), limits: limits),
            StringComparison.Ordinal);
        Assert.EndsWith(
            "the result is longer than 100 bytes", TestTemplates.Fault(new string('x', 101), limits: limits), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ManyActionsOrParentheses_AreRefused()
    {
        var limits = new TemplateLimits { MaxActions = 2 };

        Assert.Equal("template: data:1: more than 2 actions", TestTemplates.Fault("{{`a`}}{{/* b */}}{{`c`}}", limits: limits));
        Assert.Equal(
            "template: data:1: more than 16 parentheses inside each other",
            TestTemplates.Fault($"{{{{ hex {new string('(', 100_000)}.Secrets.key{new string(')', 100_000)} }}}}"));
    }

    [Fact]
    public void Parse_DeepBlocks_AreRefused()
    {
        Assert.Equal("x", TestTemplates.Run(Repeat("{{ if true }}", 32) + "x" + Repeat("{{ end }}", 32)));
        Assert.EndsWith(
            "more than 32 blocks inside each other",
            TestTemplates.Fault(Repeat("{{ with 1 }}", 33) + Repeat("{{ end }}", 33)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LongElseIfChain_IsRefusedWithoutAnOverflowOfTheStack()
    {
        string source = "{{ if true }}" + Repeat("{{ else if true }}", 5_000) + "{{ end }}";

        Assert.EndsWith("more than 32 blocks inside each other", TestTemplates.Fault(source), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ManyVariablesOperandsOrCommands_AreRefused()
    {
        Assert.EndsWith(
            "more than 100 variables",
            TestTemplates.Fault(string.Concat(Enumerable.Range(0, 101).Select(i => $"{{{{ $x{i} := 1 }}}}"))),
            StringComparison.Ordinal);
        Assert.EndsWith(
            "more than 100 operands in one command", TestTemplates.Fault("{{ print" + Repeat(" 1", 101) + " }}"), StringComparison.Ordinal);
        Assert.EndsWith(
            "more than 100 commands in one pipe", TestTemplates.Fault("{{ 1" + Repeat(" | print", 100) + " }}"), StringComparison.Ordinal);
        Assert.EndsWith(
            "a string literal of more than 65536 bytes",
            TestTemplates.Fault($"{{{{ \"{new string('x', 65_536)}\" }}}}"),
            StringComparison.Ordinal);
        Assert.EndsWith(
            "printf: a width of more than 1000", TestTemplates.Fault("{{ printf \"%99999999999d\" 1 }}"), StringComparison.Ordinal);
        Assert.Equal("1", TestTemplates.Run("{{ $x := 1 }}" + Repeat("{{ $x = 1 }}", 200) + "{{ $x }}"));
    }

    [Fact]
    public void Execute_LoopsInLoops_StopAtTheLimit()
    {
        string source = "{{ range $.Secrets.key.Public }}{{ range $.Secrets.key.Public }}{{ range $.Secrets.key.Public }}"
            + "{{ range $.Secrets.key.Public }}{{ range $.Secrets.key.Public }}{{ range $.Secrets.key.Public }}" + Repeat("{{ end }}", 6);

        Assert.EndsWith("the template takes more than 1000000 steps", TestTemplates.Fault(source), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("js")]
    [InlineData("html")]
    [InlineData("urlquery")]
    public void Execute_EscapesThatMultiplyText_StopAtTheLimit(string function)
    {
        string source = $"{{{{ $x := `<<<<<<<<` }}}}{{{{ range $.Secrets.key.Public }}}}{{{{ $x = print $x $x }}}}{{{{ end }}}}"
            + $"{{{{ $x = print $x $x $x }}}}{{{{ {function} $x }}}}";

        Assert.EndsWith(
            $"error calling {function}: a result of more than 4194304 bytes", TestTemplates.Fault(source), StringComparison.Ordinal);
        Assert.EndsWith(
            "the template takes more than 1000000 steps",
            TestTemplates.Fault(
                $"{{{{ $x := `<` }}}}{{{{ range $.Secrets.key.Public }}}}{{{{ range $.Secrets.key.Public }}}}{{{{ $x = {function} $x $x "
                + $"}}}}{{{{ end }}}}{{{{ end }}}}"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ $x = print $x $x }}")]
    [InlineData("{{ $x = printf \"%s%q\" $x $x }}")]
    [InlineData("{{ $x = printf \"%x\" $x }}")]
    public void Execute_TextThatDoubles_StopsAtTheLimit(string doubling)
    {
        string source =
            $"{{{{ $x := `0123456789` }}}}{{{{ range $.Secrets.key.Public }}}}{{{{ range $.Secrets.key.Public }}}}{doubling}{{{{ end "
            + $"}}}}{{{{ end }}}}";

        Assert.EndsWith("the template takes more than 1000000 steps", TestTemplates.Fault(source), StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_SharedBudget_EndsForAllTogether()
    {
        var template = Template.Parse("{{ range .Secrets.key.Public }}{{ . }}{{ end }}"u8, TemplateTarget.File);
        var budget = new TemplateBudget(80);
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        template.Execute(TestTemplates.Data, output, budget);

        Assert.EndsWith(
            "the templates take too many steps together",
            Assert.Throws<TemplateException>(() => template.Execute(TestTemplates.Data, output, budget)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_LongExpressionThatFails_IsShownInPart()
    {
        string fault = TestTemplates.Fault($"{{{{ hex \"{new string('x', 10_000)}\" }}}}");

        Assert.InRange(fault.Length, 200, 400);
        Assert.EndsWith("xxx...>: error calling hex: invalid secret type", fault, StringComparison.Ordinal);
    }

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();
}
