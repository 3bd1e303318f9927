using System.Text;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>Only the secrets that a template refers to are made for an activation, so that none may be forgotten.</summary>
[Trait("Security", "E4")]
public sealed class ReferenceTests
{
    [Theory]
    [InlineData("{{ hex .Secrets.a }}{{ with .Previous }}{{ hex .Secrets.b }}{{ end }}", "a", "b")]
    [InlineData("{{ with .Secrets.a }}{{ hex $.Secrets.c }}{{ else }}{{ .Secrets.d.Type }}{{ end }}", "a c d", "")]
    [InlineData("{{ if .Secrets.a }}{{ hex .Secrets.b }}{{ else if .Previous.Secrets.c }}{{ hex .Secrets.d }}{{ end }}", "a b d", "c")]
    [InlineData("{{ $x := .Secrets.a }}{{ hex $x }}", "a", "")]
    [InlineData("{{ range .Secrets.a.Public }}{{ hex $.Secrets.b }}{{ .Secrets.c }}{{ end }}", "a b", "")]
    [InlineData("{{ (index (.Secrets) \"a\").Type }}{{ with $ }}{{ index .Previous.Secrets `b` | hex }}{{ end }}", "a", "b")]
    [InlineData("{{ len (or .Secrets.a.Public .Secrets.b.Public) }}", "a b", "")]
    [InlineData("{{ with . }}{{ with .Secrets.a }}{{ .Secrets.b }}{{ end }}{{ end }}", "a", "")]
    [InlineData("{{ if . }}{{ hex .Secrets.a }}{{ end }}", "a", "")]
    [InlineData("{{ range .Secrets }}{{ end }}", "*", "")]
    [InlineData("{{ range $k, $v := .Previous.Secrets }}{{ end }}", "", "*")]
    [InlineData("{{ with .Secrets }}{{ hex .a }}{{ end }}", "*", "")]
    [InlineData("{{ if .Secrets }}x{{ end }}", "*", "")]
    [InlineData("{{ $x := .Secrets }}{{ hex $x.a }}", "*", "")]
    [InlineData("{{ $x := .Previous }}{{ hex $x.Secrets.a }}", "", "*")]
    [InlineData("{{ $x := . }}{{ hex $x.Secrets.a }}", "*", "*")]
    [InlineData("{{ $x := 1 }}{{ $x = $ }}", "*", "*")]
    [InlineData("{{ if $x := .Secrets }}{{ end }}", "*", "")]
    [InlineData("{{ len .Secrets }}", "*", "")]
    [InlineData("{{ .Secrets | len }}", "*", "")]
    [InlineData("{{ hex (index .Secrets .Secrets.a.Type) }}", "*", "")]
    [InlineData("{{ \"a\" | index .Secrets | hex }}", "*", "")]
    [InlineData("{{ hex (or .Previous.Secrets .Secrets).a }}", "*", "*")]
    [InlineData("{{ (and 1 .).Secrets.a.Type }}", "*", "*")]
    [InlineData("{{ hex (index (index .Secrets \"a\" ).Public 0) }}", "a", "")]
    [InlineData("text", "", "")]
    public void References_Template_AreAllThatItCanReach(string source, string current, string previous)
    {
        TemplateReferences references = Template.Parse(Encoding.UTF8.GetBytes(source), TemplateTarget.File).References;

        Assert.Equal(current == "*", references.AllSecrets);
        Assert.Equal(previous == "*", references.AllPreviousSecrets);
        Assert.Equal(current, references.AllSecrets ? "*" : string.Join(' ', references.Secrets));
        Assert.Equal(previous, references.AllPreviousSecrets ? "*" : string.Join(' ', references.PreviousSecrets));
    }

    [Theory]
    [InlineData("{{ pem .MarbleRun.MarbleCert.Cert }}", true)]
    [InlineData("{{ pem .MarbleRun.MarbleCert.Private }}", true)]
    [InlineData("{{ with .MarbleRun }}{{ pem .MarbleCert.Public }}{{ end }}", true)]
    [InlineData("{{ with . }}{{ with .MarbleRun.MarbleCert }}{{ pem .Private }}{{ end }}{{ end }}", true)]
    [InlineData("{{ $x := .MarbleRun }}{{ pem $x.MarbleCert.Private }}", true)]
    [InlineData("{{ $x := . }}{{ pem $x.MarbleRun.MarbleCert.Private }}", true)]
    [InlineData("{{ pem (.MarbleRun).MarbleCert.Private }}", true)]
    [InlineData("{{ pem (or 0 .MarbleRun).MarbleCert.Private }}", true)]
    [InlineData("{{ range .Secrets.a.Public }}{{ pem $.MarbleRun.MarbleCert.Private }}{{ end }}", true)]
    [InlineData("{{ pem .MarbleRun.RootCA.Cert }}{{ pem .MarbleRun.CoordinatorRoot.Cert }}", false)]
    [InlineData("{{ with .MarbleRun }}{{ pem .CoordinatorIntermediate.Cert }}{{ end }}", false)]
    [InlineData("{{ hex .Secrets.MarbleCert }}{{ hex .Secrets.MarbleRun }}", false)]
    [InlineData("text", false)]
    public void References_Template_KnowWhetherItCanReachTheIdentity(string source, bool expected) =>
        Assert.Equal(expected, Template.Parse(Encoding.UTF8.GetBytes(source), TemplateTarget.File).References.Identity);

    [Fact]
    public void Execute_RandomTemplatesWithoutReferenceToTheIdentity_AreTheSameForEveryIdentity()
    {
        var generator = new TemplateGenerator(78);
        TemplateData one = TestTemplates.Data;
        TemplateData other = one with { MarbleCert = new TemplateSecret { Certificate = "other"u8.ToArray() } };
        int without = 0;
        int different = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string source = generator.Next();
            Template template;
            try
            {
                template = Template.Parse(Encoding.UTF8.GetBytes(source), TemplateTarget.File);
            }
            catch (TemplateException)
            {
                continue;
            }

            bool isSame = Outcome(template, one) == Outcome(template, other);
            without += template.References.Identity ? 0 : 1;
            different += isSame ? 0 : 1;

            Assert.True(isSame || template.References.Identity, source);
        }

        Assert.InRange(without, 1_000, 20_000);
        Assert.InRange(different, 20, 20_000);
    }

    [Fact]
    public void Execute_RandomTemplates_NeedNoOtherSecretsThanTheirReferences()
    {
        var generator = new TemplateGenerator(77);
        TemplateData all = TestTemplates.Data;
        int less = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string source = generator.Next();
            Template template;
            try
            {
                template = Template.Parse(Encoding.UTF8.GetBytes(source), TemplateTarget.File);
            }
            catch (TemplateException)
            {
                continue;
            }

            TemplateReferences references = template.References.Within(TemplateReferences.Names(all.Secrets.Keys));
            TemplateData listed = all with
            {
                Secrets = Only(all.Secrets, references.Secrets),
                PreviousSecrets = Only(all.PreviousSecrets, references.PreviousSecrets),
            };
            less += listed.Secrets.Count < all.Secrets.Count ? 1 : 0;

            Assert.True(Outcome(template, all) == Outcome(template, listed), source);
        }

        Assert.InRange(less, 5_000, 20_000);
    }

    private static Dictionary<string, TemplateSecret> Only(
        IReadOnlyDictionary<string, TemplateSecret> secrets, IEnumerable<string> names) =>
        names.Where(secrets.ContainsKey).ToDictionary(name => name, name => secrets[name], StringComparer.Ordinal);

    private static string Outcome(Template template, TemplateData data)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        try
        {
            template.Execute(data, output);
            return Convert.ToHexString(output.WrittenSpan);
        }
        catch (TemplateException exception)
        {
            return exception.Message;
        }
    }
}
