using System.Collections.Immutable;
using System.Text;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

/// <summary>Each kind of fault in the text has the remedy that fits it, and none has another one's.</summary>
[Trait("Security", "E9")]
public sealed class RemedyTests
{
    private const string Yaml = "This is YAML; the Coordinator accepts JSON. 'marblerun manifest convert' converts YAML to JSON.";

    [Theory]
    [InlineData("{\"a\":1}\n}", "There is one } too many; remove it.")]
    [InlineData("{\"a\":1}]", "There is one ] too many; remove it.")]
    [InlineData("{\"a\":1} {}", "A manifest is one JSON object; remove what follows it.")]
    [InlineData("{\"a\":1},", "A manifest is one JSON object; remove what follows it.")]
    [InlineData("{\"a\":{},}", "Remove the comma before it.")]
    [InlineData("{\"a\":[1,]}", "Remove the comma before it.")]
    [InlineData("{\"a\":1,,\"b\":2}", "Remove this comma.")]
    [InlineData("{\"a\":[,1]}", "Remove this comma.")]
    [InlineData("{\"a\":}", "A value is missing before it.")]
    [InlineData("{\"a\"}", "A colon and a value are missing before it.")]
    [InlineData("{\"a\":[1}", "An array ends with ]; close it before the object around it.")]
    [InlineData("{\"a\":[}", "An array ends with ]; close it before the object around it.")]
    [InlineData("{\"a\":{\"b\":1]", "An object ends with }; close it before the array around it.")]
    [InlineData("{\"a\":{]", "An object ends with }; close it before the array around it.")]
    [InlineData("{\"a\":{}\n\"b\":1}", "A comma is missing before it, or a quote.")]
    [InlineData("{\"a\":[\"x\" \"y\"]}", "A comma is missing before it, or a quote.")]
    [InlineData("{\"a\":\"x\"y\"}", "A comma is missing before it, or a quote.")]
    [InlineData("{\"a\" 1}", "Write a colon between a name and its value.")]
    [InlineData("{\"a\"=1}", "Write a colon between a name and its value.")]
    [InlineData("{\"a\":\"-----BEGIN\nAAAA\n\"}", "A string must be on one line: write its line breaks as \\n, also those of PEM.")]
    [InlineData("{\"a\":\"-----BEGIN\r\nAAAA\"}", "A string must be on one line: write its line breaks as \\n, also those of PEM.")]
    [InlineData("{\"a\":\"b\tc\"}", "Write a tab inside a string as \\t.")]
    [InlineData("{\"a\":\"b\u0001\"}", "Write this character as \\u0001.")]
    [InlineData(
        "{\"a\":\"C:\\data\"}",
        "A backslash in a string is written twice; what may follow a single one is \" \\ / b f n r t, or u with four hexadecimal digits.")]
    [InlineData(
        "{\"a\":\"\\u12\"}",
        "A backslash in a string is written twice; what may follow a single one is \" \\ / b f n r t, or u with four hexadecimal digits.")]
    [InlineData("{'a':1}", "JSON uses double quotes only: write \" instead of '.")]
    [InlineData("{\"a\":'b'}", "JSON uses double quotes only: write \" instead of '.")]
    [InlineData("{\u201ca\u201d:1}", "This is a typographic quote, as word processors write it: write \" instead.")]
    [InlineData("{\u00a0\"a\":1}", "This is a special space character, perhaps from a web page: use an ordinary space.")]
    [InlineData("{a:1}", "Names must be in double quotes.")]
    [InlineData("{1:1}", "Names must be in double quotes.")]
    [InlineData("{\"a\":web}", "Strings must be in double quotes.")]
    [InlineData("{\"a\":True}", "Write true; case matters.")]
    [InlineData("{\"a\":None}", "Write null, or leave the member out.")]
    [InlineData("{\"a\":yes}", "Write true.")]
    [InlineData("{\"a\":NaN}", "JSON has no such number.")]
    [InlineData("{\"a\":+1}", "A number begins with a digit or a minus sign.")]
    [InlineData("{\"a\":0x10}", "Numbers are decimal and have no zeros in front.")]
    [InlineData("{\"a\":007}", "Numbers are decimal and have no zeros in front.")]
    [InlineData("{\"a\":1} // end", "JSON has no comments; remove them.")]
    [InlineData("{ # a\n\"a\":1}", "JSON has no comments; remove them.")]
    [InlineData("// a\n{\"a\":1}", "JSON has no comments; remove them.")]
    [InlineData("{\"a\":{\"b\":1", "The text ends before 2 brackets are closed: add what is missing, or send the whole file.")]
    [InlineData("{\"a\":\"b}", "The text ends inside a string: a double quote is missing, or the rest of the file.")]
    [InlineData("", "The manifest is empty.")]
    [InlineData("\ufeff{}", "Save the file as UTF-8 without byte order mark.")]
    [InlineData("Packages:\n  p:\n    UniqueID: 00\n", Yaml)]
    [InlineData("---\nPackages: {}\n", Yaml)]
    [InlineData("# a comment\n\nMarbles: { m: { Package: p } }\n", Yaml)]
    [InlineData("\"Packages\": { \"p\": {} }", Yaml)]
    [Case("manifest", "Text that cannot be read is answered with place and remedy")]
    public void TryParse_TextThatIsNoJson_HasTheRemedyOfItsKind(string text, string remedy)
    {
        Assert.False(ManifestParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out ImmutableArray<ManifestProblem> problems));

        Assert.Equal(remedy, Assert.Single(problems).Suggestion);
    }

    [Fact]
    public void TryParse_Utf16_IsNamed()
    {
        foreach (Encoding encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            foreach (byte[] mark in new[] { encoding.GetPreamble(), [] })
            {
                Assert.False(ManifestParser.TryParse(
                    [.. mark, .. encoding.GetBytes(ManifestSamples.Minimal)], out _, out ImmutableArray<ManifestProblem> problems));
                Assert.Equal(
                    "The file is UTF-16, as '>' of Windows PowerShell writes it. Save it as UTF-8 without byte order mark.",
                    Assert.Single(problems).Suggestion);
            }
        }
    }

    [Theory]
    [InlineData("TLS.private.Outgoing", "[{\"Addr\":\"a\",\"Port\":8443}]", "Write it in double quotes: \"8443\".")]
    [InlineData("Packages.store.UniqueID", "1234", "Write it in double quotes: \"1234\".")]
    [InlineData("Packages.store.UniqueID", "1.2345E+63", "Write it in double quotes.")]
    [InlineData("Marbles.frontend.Parameters.Argv", "[true]", "Write it in double quotes: \"true\".")]
    [InlineData("Marbles.frontend.Parameters.Argv", "[1]", "Write it in double quotes: \"1\".")]
    [InlineData("Secrets.session.Size", "\"128\"", "Write the number without quotes: 128.")]
    [InlineData("Secrets.session.Size", "\"128 bit\"", "Write a whole number without quotes.")]
    [InlineData("Packages.web.ProductID", "\"3\"", "Write the number without quotes: 3.")]
    [InlineData("Secrets.session.Shared", "\"True\"", "Write true without quotes.")]
    [InlineData("Secrets.session.Shared", "1", "Write true or false.")]
    [InlineData(
        "Marbles.frontend.TLS",
        "{\"Incoming\":[]}",
        "A Marble's TLS is a list of tags, for instance [\"web\"]; the section TLS of the manifest defines the tags.")]
    [InlineData("Marbles.frontend.TLS", "\"public\"", "Write a list, also for a single entry: [\"…\"].")]
    [InlineData("TLS.private.Outgoing", "{\"Addr\":\"a\",\"Port\":\"1\"}", "Write a list, also for a single entry: [ { … } ].")]
    [InlineData("Roles.owner.Actions", "\"UpdateManifest\"", "Write a list, also for a single entry: [\"…\"].")]
    [InlineData("Packages", "[]", "Write an object whose members are named: { \"name\": … }.")]
    [InlineData("Marbles.frontend.Package", "[\"web\"]", "Write one text in double quotes.")]
    public void TryParse_ValueOfAnotherType_HasTheRemedyOfItsKind(string place, string value, string remedy)
    {
        Assert.False(ManifestParser.TryParse(
            Encoding.UTF8.GetBytes(ManifestChecksTests.ChangedText(place, value)), out _, out ImmutableArray<ManifestProblem> problems));

        Assert.Equal(remedy, problems[0].Suggestion);
    }
}
