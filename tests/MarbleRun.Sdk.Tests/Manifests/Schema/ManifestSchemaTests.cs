using System.Text;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests.Schema;

public sealed class ManifestSchemaTests
{
    /// <summary>Set to 1, it lets the test of the file write the file.</summary>
    private const string UpdateVariable = "MARBLERUN_UPDATE_SCHEMA";

    private static readonly string[] s_values = ["true", "5", "[]", "{}"];

    /// <summary>Every structure, with a manifest around its members.</summary>
    private static readonly (Shape Shape, string Before, string After)[] s_structures =
    [
        (Shapes.Manifest, "{", "}"),
        (Shapes.Package, """{"Packages":{"x":{""", "}}}"),
        (Shapes.Package, """{"Coordinators":{"x":{""", "}}}"),
        (PlatformShapes.Tdx, """{"Packages":{"x":{"Tdx":{""", "}}}}"),
        (PlatformShapes.Snp, """{"Packages":{"x":{"Snp":{""", "}}}}"),
        (PlatformShapes.SnpTcb, """{"Packages":{"x":{"Snp":{"MinimumTCB":{""", "}}}}}"),
        (PlatformShapes.Lists, """{"Packages":{"x":{"Platforms":{""", "}}}}"),
        (Shapes.Infrastructure, """{"Infrastructures":{"x":{""", "}}}"),
        (Shapes.Marble, """{"Marbles":{"x":{""", "}}}"),
        (Shapes.Parameters, """{"Marbles":{"x":{"Parameters":{""", "}}}}"),
        (Shapes.File, """{"Marbles":{"x":{"Parameters":{"Files":{"f":{""", "}}}}}}"),
        (Shapes.User, """{"Users":{"x":{""", "}}}"),
        (Shapes.Role, """{"Roles":{"x":{""", "}}}"),
        (Shapes.TlsTag, """{"TLS":{"x":{""", "}}}"),
        (Shapes.TlsEntry, """{"TLS":{"x":{"Incoming":[{""", "}]}}}"),
        (Shapes.Config, """{"Config":{""", "}}"),
        (Shapes.Secret, """{"Secrets":{"x":{""", "}}}"),
        (CertificateShapes.Certificate, """{"Secrets":{"x":{"Cert":{""", "}}}}"),
        (CertificateShapes.Subject, """{"Secrets":{"x":{"Cert":{"Subject":{""", "}}}}}"),
    ];

    [Fact]
    public void Schema_InTheRepository_IsWhatTheReaderKnows()
    {
        string path = Path.Combine(RepositoryFiles.Root, "docs", "manifest.schema.json");
        string schema = ManifestSchema.Create();
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(path, schema);
        }

        Assert.True(
            File.Exists(path) && File.ReadAllText(path) == schema,
            $"docs/manifest.schema.json is out of date. Run this test with {UpdateVariable}=1 and look at the difference.");
    }

    [Fact]
    public void Tables_EveryMemberAndKindOfValue_SayWhatTheReaderTakes()
    {
        foreach ((Shape shape, string before, string after) in s_structures)
        {
            foreach (Member member in shape.Members)
            {
                foreach (string value in s_values.Append(TextFor(member.Form)))
                {
                    string json = $"{before}\"{member.Name}\":{value}{after}";

                    bool isRead = ManifestParser.TryParse(Encoding.UTF8.GetBytes(json), out _, out _);

                    Assert.True(isRead == Takes(member.Form.Kind, value[0]), $"{(isRead ? "taken" : "refused")}: {json}");
                }
            }
        }
    }

    /// <summary>An editor must refuse what the Coordinator refuses, and no more.</summary>
    [Fact]
    public void Tables_NumbersOfAPackage_EndWhereTheyAreRefused()
    {
        Member[] numbers = [.. Shapes.Package.Members.Where(member => member.Form.Kind == FormKind.Unsigned)];
        foreach (Member member in numbers)
        {
            Assert.Empty(FaultsOf(member.Name, member.Form.Max));
            Assert.True(
                member.Form.Max == ulong.MaxValue || FaultsOf(member.Name, member.Form.Max + 1).Any(),
                $"{member.Name} {member.Form.Max + 1} is taken.");
        }

        Assert.Equal(["ProductID", "SecurityVersion"], numbers.Select(member => member.Name));
    }

    private static IEnumerable<ManifestProblem> FaultsOf(string member, ulong value)
    {
        string json = $$"""{"Packages": {"x": {"{{member}}": {{value}} } } }""";
        return ManifestChecker.Check(Encoding.UTF8.GetBytes(json)).Problems
            .Where(problem => problem.Severity == ManifestSeverity.Error && problem.Path == $"$.Packages.x.{member}");
    }

    private static string TextFor(Form form) => form.Kind switch
    {
        FormKind.Time => "\"2040-01-01T00:00:00Z\"",
        FormKind.Address => "\"::1\"",
        FormKind.Oid => "\"1.2.3\"",
        FormKind.Bits => "\"0x20\"",
        FormKind.Certificate => "\"!\"",
        _ when form.Values.Count > 0 => $"\"{form.Values[^1]}\"",
        _ => "\"AAAA\"",
    };

    private static bool Takes(FormKind kind, char value) => kind switch
    {
        FormKind.Anything => true,
        FormKind.Text or FormKind.Time or FormKind.Address or FormKind.Oid or FormKind.Bits => value == '"',
        FormKind.Flag => value == 't',
        FormKind.Unsigned or FormKind.Integer => value == '5',
        FormKind.Bytes => value is '"' or '[',
        FormKind.List => value == '[',
        FormKind.Map or FormKind.Structure => value == '{',
        FormKind.File or FormKind.Certificate => value is '"' or '{',
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A kind that these tests do not know."),
    };
}
