using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestSyntaxTests
{
    [Theory]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData("  ", "unexpected end of JSON input")]
    [InlineData("{", "unexpected end of JSON input")]
    [InlineData("{\"a\":1", "unexpected end of JSON input")]
    [InlineData("{\"a\":[1,", "unexpected end of JSON input")]
    [InlineData("\"abc", "unexpected end of JSON input")]
    [InlineData("\"abc\\", "unexpected end of JSON input")]
    [InlineData("\"\\u12", "unexpected end of JSON input")]
    [InlineData("tru", "unexpected end of JSON input")]
    [InlineData("-", "unexpected end of JSON input")]
    [InlineData("{} x", "invalid character 'x' after top-level value")]
    [InlineData("01", "invalid character '1' after top-level value")]
    [InlineData("\ufeff{}", "invalid character 'ï' looking for beginning of value")]
    [InlineData("x", "invalid character 'x' looking for beginning of value")]
    [InlineData("// c\n{}", "invalid character '/' looking for beginning of value")]
    [InlineData("{'a':1}", "invalid character '\\'' looking for beginning of object key string")]
    [InlineData("{\"a\":1,}", "invalid character '}' looking for beginning of object key string")]
    [InlineData("[1,]", "invalid character ']' looking for beginning of value")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 \"b\":2}", "invalid character '\"' after object key:value pair")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("\"a\nb\"", "invalid character '\\n' in string literal")]
    [InlineData("\"a\u0001\"", "invalid character '\\x01' in string literal")]
    [InlineData("\"\\q\"", "invalid character 'q' in string escape code")]
    [InlineData("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("1ex", "invalid character 'x' in exponent of numeric literal")]
    [InlineData("trux", "invalid character 'x' in literal true (expecting 'e')")]
    [InlineData("nil", "invalid character 'i' in literal null (expecting 'u')")]
    [InlineData("NaN", "invalid character 'N' looking for beginning of value")]
    [Trait("Security", "E9")]
    [Case("manifest", "Broken and empty texts are refused, a good one afterwards is taken")]
    [Case("manifest", "A byte order mark is refused")]
    public void Parse_TextThatIsNoJson_SaysWhereAsPeersDo(string text, string message)
    {
        ManifestException exception = Assert.Throws<ManifestException>(() => ManifestParser.Parse(Encoding.UTF8.GetBytes(text)));

        Assert.Equal(message, exception.Message);
        Assert.Equal(ManifestStage.Syntax, Assert.Single(exception.Problems).Stage);
    }

    [Fact]
    public void TryParse_TrailingComma_GivesLineColumnAndAdvice()
    {
        Assert.False(ManifestParser.TryParse("{\n  \"Packages\": {},\n}"u8, out _, out ImmutableArray<ManifestProblem> problems));

        ManifestProblem problem = Assert.Single(problems);
        Assert.Equal((3, 1), (problem.Line, problem.Column));
        Assert.Equal("Remove the comma before it.", problem.Suggestion);
    }

    [Theory]
    [InlineData(10_000, null)]
    [InlineData(10_001, "invalid character '[' exceeded max depth")]
    [InlineData(1_000_000, "invalid character '[' exceeded max depth")]
    [Trait("Security", "E9")]
    public void TryParse_Nesting_IsReadToTenThousandLevelsAndRefusedBeyond(int levels, string? refusal)
    {
        byte[] text = Encoding.UTF8.GetBytes($"{{\"x\":{new string('[', levels - 1)}{new string(']', levels - 1)}}}");

        bool parsed = ManifestParser.TryParse(text, out _, out ImmutableArray<ManifestProblem> problems);

        Assert.Equal(refusal is null, parsed);
        Assert.Equal(refusal ?? "unknown member x is ignored", problems[0].Message);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void TryParse_HugeText_IsRefusedWithoutReading()
    {
        byte[] text = new byte[Manifest.MaxLength + 1];
        text.AsSpan().Fill((byte)' ');

        Assert.False(ManifestParser.TryParse(text, out _, out ImmutableArray<ManifestProblem> problems));
        Assert.StartsWith("manifest is too long", problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E9")]
    [Case("manifest", "Bytes that are not UTF-8 become U+FFFD")]
    public void Parse_InvalidUtf8AndLoneSurrogates_BecomeReplacementCharacters()
    {
        byte[] text =
        [
            .. "{\"Marbles\":{\"m\":{\"Parameters\":{\"Argv\":[\"x"u8, 0xff, 0xfe,
            .. "y\",\"\\ud800\",\"\\ud83d\\ude00\",\"\\ud800a\","u8, .. "\""u8, 0xe2, 0x82, .. "\"]}}}}"u8,
        ];

        Manifest manifest = ManifestParser.Parse(text);

        Assert.Equal(["x\ufffd\ufffdy", "\ufffd", "\U0001f600", "\ufffda", "\ufffd\ufffd"], manifest.Marbles["m"].Parameters.Arguments);
    }

    [Fact]
    public void Parse_Escapes_AreResolved()
    {
        Manifest manifest = ManifestParser.Parse("""{"Marbles":{"m":{"Parameters":{"Argv":["\"\\\/\b\f\n\r\t\u0041\u00e9"]}}}}"""u8);

        Assert.Equal("\"\\/\b\f\n\r\tAé", Assert.Single(manifest.Marbles["m"].Parameters.Arguments));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void TryParse_RandomText_AgreesWithTheRuntimesReaderOnWhatIsJson()
    {
        var random = new Random(20240917);
        string[] parts =
        [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\n\"", "\"", "\\", "1", "-", "0", ".5", "e3", "true", "false", "null", " ", "\n",
            "/", "x", "\"\\ud83d\"",
        ];
        int valid = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(random.GetItems(parts, random.Next(1, 9))));

            _ = ManifestParser.TryParse(text, out _, out ImmutableArray<ManifestProblem> problems);

            bool isJson = IsJson(text);
            valid += isJson ? 1 : 0;
            bool refusedAsJson = problems.Any(
                p => p.Message.StartsWith("invalid character", StringComparison.Ordinal) || p.Message == "unexpected end of JSON input");
            Assert.True(isJson != refusedAsJson, Encoding.UTF8.GetString(text));
        }

        Assert.InRange(valid, 1000, 99_000);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void TryParse_RandomBytesAndMutatedManifests_NeverThrow()
    {
        var random = new Random(4711);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(ManifestSamples.Full);
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            if (ManifestParser.TryParse(text, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems))
            {
                _ = ManifestChecker.Check(manifest).Problems;
            }
            else
            {
                Assert.Contains(problems, p => p.Severity == ManifestSeverity.Error);
            }
        }
    }

    [Fact]
    [Case("manifest", "The fingerprint is that of the exact bytes")]
    public void ComputeFingerprint_Text_IsLowerCaseSha256OfExactBytes()
    {
        Assert.Equal("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", Manifest.ComputeFingerprint("{}"u8));
        Assert.NotEqual(Manifest.ComputeFingerprint("{}"u8), Manifest.ComputeFingerprint("{} "u8));
    }

    private static bool IsJson(byte[] text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
