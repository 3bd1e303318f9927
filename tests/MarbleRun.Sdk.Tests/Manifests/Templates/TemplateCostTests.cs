using System.Runtime.ExceptionServices;
using System.Text;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>What the templates of a manifest of an unknown sender may cost: the length of actions, and the number of faults.</summary>
[Trait("Security", "E9")]
public sealed class TemplateCostTests
{
    private const string Action = "{{ hex .Secrets.key }}";

    /// <summary>Four for the delimiters, three for hex, twelve for .Secrets.key.</summary>
    private const int Length = 19;

    [Theory]
    [InlineData(Action, Length)]
    [InlineData("text {{/* a comment */}} text", 4)]
    [InlineData("{{ if 1 }}{{ end }}", 9)]
    [InlineData("{{ ((((1)))) }}", 13)]
    [InlineData("{{ `}} {{` | len }}", 15)]
    [InlineData("{{- and 1 1 1 -}}", 10)]
    [InlineData("}} { { text", 0)]
    public void Check_ActionsOfAllMarbles_CountTogether(string template, int length)
    {
        Manifest manifest = Create(template, template, template);

        Assert.True(ManifestChecker.Check(manifest, 3 * length).IsAccepted);
        if (length > 0)
        {
            TemplateException fault = Assert.Throws<TemplateException>(() => ManifestChecker.Check(manifest, (3 * length) - 1));
            Assert.True(fault.ExceedsLimit);
            Assert.StartsWith("in Marble m2: env variable A: template: data:1: ", fault.Message, StringComparison.Ordinal);
            Assert.EndsWith(
                $"with it the actions of all templates have more than {(3 * length) - 1} bytes together",
                fault.Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Try_VisitsOfAnUnknownSender_CountAsFourSteps()
    {
        // A visit of the action, and one of the number.
        Manifest manifest = Create("{{ 1 }}");
        ManifestReport report = ManifestChecker.Check(manifest, rendersTemplates: false);

        MarblePlan.Try(manifest, report.Plans, 8, 100, TestContext.Current.CancellationToken);

        Assert.True(
            Assert.Throws<TemplateException>(
                () => MarblePlan.Try(manifest, report.Plans, 7, 100, TestContext.Current.CancellationToken)).ExceedsLimit);
    }

    [Fact]
    public void Try_AllTemplatesFail_EndsAtTheFirst()
    {
        Manifest manifest = CreateWithVariables("{{ .None }}", 1_000);
        ManifestReport report = ManifestChecker.Check(manifest, rendersTemplates: false);

        int faults = CountExceptions(() => Assert.Throws<TemplateException>(
            () => MarblePlan.Try(manifest, report.Plans, 1_000_000, 1_000_000, TestContext.Current.CancellationToken)));

        Assert.InRange(faults, 1, 10);
    }

    [Fact]
    public void Check_NoTemplateCanBeParsed_EndsAtTheLastProblemThatIsReported()
    {
        Manifest manifest = CreateWithVariables("{{ none }}", 1_000);
        ManifestReport? report = null;

        // Each fault is thrown twice: where it is found, and with its place.
        int faults = CountExceptions(() => report = ManifestChecker.Check(manifest, rendersTemplates: false));

        Assert.Equal(200, report!.Problems.Count(p => p.Severity == ManifestSeverity.Error));
        Assert.InRange(faults, 200, 410);
    }

    [Fact]
    public void Check_AllTemplatesFail_StillReportsEach()
    {
        ManifestReport report = ManifestChecker.Check(CreateWithVariables("{{ .None }}", 100));

        Assert.Equal(100, report.Problems.Count(p => p.Severity == ManifestSeverity.Error));
    }

    private static int CountExceptions(Action action)
    {
        int thread = Environment.CurrentManagedThreadId;
        int count = 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            action();
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        return count;

        void Count(object? sender, FirstChanceExceptionEventArgs e) => count += Environment.CurrentManagedThreadId == thread ? 1 : 0;
    }

    private static Manifest Create(params string[] templates) =>
        Parse(string.Join(',', templates.Select((template, i) => $"\"m{i}\":{Marble($"\"A\":\"{template}\"")}")));

    private static Manifest CreateWithVariables(string template, int count) =>
        Parse($"\"m\":{Marble(string.Join(',', Enumerable.Range(0, count).Select(i => $"\"V{i}\":\"{template}\"")))}");

    private static string Marble(string variables) => $"{{\"Package\":\"p\",\"Parameters\":{{\"Env\":{{{variables}}}}}}}";

    private static Manifest Parse(string marbles) => ManifestParser.Parse(Encoding.UTF8.GetBytes(
        "{\"Packages\":{\"p\":{\"Debug\":true}},\"Secrets\":{\"key\":{\"Type\":\"symmetric-key\",\"Size\":128}},\"Marbles\":{"
        + marbles + "}}"));
}
