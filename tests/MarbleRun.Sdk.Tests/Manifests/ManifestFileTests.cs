using System.Text;
using MarbleRun.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestFileTests
{
    [Theory]
    [InlineData("\"helloworld\"", "helloworld", "string", false)]
    [InlineData("""{"Encoding":"base64","NoTemplates":true,"Data":"YmFy"}""", "bar", "base64", true)]
    [InlineData("""{"Encoding":"string","Data":"YmFy"}""", "YmFy", "string", false)]
    [InlineData("""{"Encoding":"hex","Data":"4d6172626c6552756E"}""", "MarbleRun", "hex", false)]
    [InlineData("""{"ENCODING":"BASE64","data":"Ym\r\nFy"}""", "bar", "BASE64", false)]
    [InlineData("""{"Encoding":"","Data":"x"}""", "x", "", false)]
    [InlineData("""{"Data":"{{ hex .Secrets.x }}","NoTemplates":true,"Other":1}""", "{{ hex .Secrets.x }}", "", true)]
    [InlineData("{}", "", "", false)]
    [Case("manifest", "A file as text has the encoding `string`")]
    [Case("manifest", "Base64 without templates is decoded; text that looks like base64 is not")]
    [Case("manifest", "Hex is decoded in either case")]
    [Case("manifest", "With `NoTemplates` a template is kept as text")]
    [Case("manifest", "An empty encoding is text")]
    public void Parse_File_IsDecoded(string json, string data, string encoding, bool noTemplates)
    {
        ManifestFile file = Parse(json);

        Assert.Equal(data, Encoding.UTF8.GetString(file.Data.Span));
        Assert.Equal((encoding, noTemplates), (file.Encoding, file.NoTemplates));
    }

    [Theory]
    [InlineData("null", "got: %!t(<nil>), expected: string or interface")]
    [InlineData(
        "5",
        "json: cannot unmarshal number into Go struct field Parameters.Marbles.Parameters.Files of type struct { Data string; Encoding "
        + "string; NoTemplates bool }")]
    [InlineData(
        "[]",
        "json: cannot unmarshal array into Go struct field Parameters.Marbles.Parameters.Files of type struct { Data string; Encoding "
        + "string; NoTemplates bool }")]
    [InlineData(
        "true",
        "json: cannot unmarshal bool into Go struct field Parameters.Marbles.Parameters.Files of type struct { Data string; Encoding "
        + "string; NoTemplates bool }")]
    [InlineData("""{"Encoding":"rot13"}""", "unknown encoding type: rot13")]
    [InlineData("""{"Encoding":"hex","Data":"abc"}""", "encoding/hex: odd length hex string")]
    [InlineData("""{"Encoding":"hex","Data":"zz"}""", "encoding/hex: invalid byte: U+007A 'z'")]
    [InlineData("""{"Encoding":"hex","Data":"a "}""", "encoding/hex: invalid byte: U+0020 ' '")]
    [InlineData("""{"Encoding":"base64","Data":"!!!!"}""", "illegal base64 data at input byte 0")]
    [InlineData("""{"Encoding":"base64","Data":"===="}""", "illegal base64 data at input byte 0")]
    [InlineData("""{"Encoding":"base64","Data":"x==="}""", "illegal base64 data at input byte 1")]
    [InlineData("""{"Encoding":"base64","Data":"AA=A"}""", "illegal base64 data at input byte 2")]
    [InlineData("""{"Encoding":"base64","Data":"AA="}""", "illegal base64 data at input byte 3")]
    [InlineData("""{"Encoding":"base64","Data":"AA==A"}""", "illegal base64 data at input byte 4")]
    [InlineData("""{"Encoding":"base64","Data":"AAA=AAAA"}""", "illegal base64 data at input byte 4")]
    [InlineData("""{"Encoding":"base64","Data":"AAAAA"}""", "illegal base64 data at input byte 4")]
    [InlineData("""{"Encoding":"base64","Data":"AAAAAA="}""", "illegal base64 data at input byte 7")]
    [InlineData("""{"Encoding":"base64","Data":"YmFy "}""", "illegal base64 data at input byte 4")]
    [Case("manifest", "A file that is null")]
    public void Parse_BrokenFile_IsRefusedAsPeersDo(string json, string message)
    {
        Assert.Equal(message, Assert.Throws<ManifestException>(() => Parse(json)).Message);
    }

    [Fact]
    [Case("manifest", "A file that was read is written again as it was")]
    public void Parse_Base64OfAnyBytes_RoundTrips()
    {
        var random = new Random(64);
        for (int length = 0; length < 100; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);

            string text = Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks).Replace(
                "\r\n", "\\n", StringComparison.Ordinal);

            ManifestFile file = Parse($$"""{"Encoding":"base64","Data":"{{text}}"}""");

            Assert.Equal(bytes, file.Data.ToArray());
        }
    }

    [Theory]
    [InlineData("\"{{ hex .Secrets.x }}\"", "{{ hex .Secrets.x }}")]
    [InlineData("""{"Encoding":"Base64","Data":"YmFy"}""", "YmFy")]
    [InlineData("""{"Encoding":"HEX","Data":"4D61"}""", "4d61")]
    [Case("manifest", "A file that was read is written again as it was")]
    public void EncodeData_ParsedFile_GivesTheTextAgain(string json, string text)
    {
        Assert.Equal(text, Parse(json).EncodeData());
    }

    [Fact]
    [Case("manifest", "Equality of files")]
    public void Equals_Files_ComparesDataEncodingAndTemplates()
    {
        ManifestFile file = Parse("\"x\"");

        Assert.Equal(file, Parse("""{"Data":"x","Encoding":"STRING"}"""));
        Assert.NotEqual(file, Parse("\"y\""));
        Assert.NotEqual(file, Parse("""{"Data":"x","Encoding":"string","NoTemplates":true}"""));
        Assert.NotEqual(file, Parse("""{"Data":"78","Encoding":"hex"}"""));
    }

    private static ManifestFile Parse(string json) =>
        ManifestSamples.Parse("""{"Marbles":{"m":{"Parameters":{"Files":{"f":""" + json + "}}}}}").Marbles["m"].Parameters.Files["f"];
}
