using System.Text;
using MarbleRun.Cli.Manifests;

namespace MarbleRun.Cli.Tests.Manifests;

public sealed class YamlManifestTests
{
    [Theory]
    [InlineData("", "null")]
    [InlineData("# only a comment", "null")]
    [InlineData(
        "a: yes\nb: Off\nc: ~\nd:\ne: 'yes'\nf: \"1\"\ng: y", """{"a":true,"b":false,"c":null,"d":null,"e":"yes","f":"1","g":true}""")]
    [InlineData("[0x10, 0b11, 017, 0o17, 1_000, -5, +7, 0]", "[16,3,15,15,1000,-5,7,0]")]
    [InlineData("[18446744073709551615, -9223372036854775807]", "[18446744073709551615,-9223372036854775807]")]
    [InlineData("[1.50, 1.0, 1e3, .5, 08]", "[1.5,1,1000,0.5,8]")]
    [InlineData("[2040-01-02T03:04:05Z, 1.2.3, web-1, 0xzz, 'a: b']", """["2040-01-02T03:04:05Z","1.2.3","web-1","0xzz","a: b"]""")]
    [InlineData("1: a\ntrue: b\n~: c\n1.5: d", """{"1":"a","true":"b","null":"c","1.5":"d"}""")]
    [InlineData("a: !!str 5\nb: ! 6", """{"a":"5","b":"6"}""")]
    [InlineData("a: |\n  x\n  y\nb: >-\n  x\n  y", """{"a":"x\ny\n","b":"x y"}""")]
    [InlineData(
        "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\nf:\n  b: 3\n  <<: [*x, {g: 4}]",
        """{"a":{"b":1},"c":{"b":1},"d":{"e":2,"b":1},"f":{"b":3,"g":4}}""")]
    [InlineData("\ufeffa: 1", """{"a":1}""")]
    public void Read_Yaml_BecomesJson(string yaml, string json)
    {
        Assert.Equal(json, Encoding.UTF8.GetString(YamlManifest.Read(Encoding.UTF8.GetBytes(yaml)).Json));
    }

    [Theory]
    [InlineData("a: .inf", ".inf is not a number in JSON")]
    [InlineData("a: !!binary AA==", "unknown tag tag:yaml.org,2002:binary")]
    [InlineData("!type {a: 1}", "unknown tag !type")]
    [InlineData("&a [*a]", "unknown anchor a")]
    [InlineData("*a", "unknown anchor a")]
    [InlineData("? [a]\n: 1", "a name is a list or a mapping")]
    [InlineData("yes: 1\ntrue: 2", "key \"true\" already set in map")]
    [InlineData("<<: 5", "map merge requires map or sequence of maps as the value")]
    [Trait("Security", "E9")]
    public void Read_YamlThatNoManifestNeeds_IsRefused(string yaml, string message)
    {
        Assert.Equal(message, Fault(Encoding.UTF8.GetBytes(yaml)));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Read_TextThatIsNoUtf8_IsRefused()
    {
        Assert.Equal("byte 3 is not UTF-8", Fault([.. "a: "u8, 0xff]));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Read_AliasesOfAliases_AreBounded()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        string long_ = "a: &a \"" + new string('x', 1_000_000) + "\"\nb: [" + string.Join(", ", Enumerable.Repeat("*a", 1000)) + "]";
        string merges = "a0: &a0 {" + string.Join(", ", Enumerable.Range(0, 2000).Select(i => $"k{i}: 1")) + "}\n"
            + string.Concat(Enumerable.Range(1, 2000).Select(i => $"a{i}: {{<<: *a0}}\n"));

        Assert.Equal("the aliases make the manifest too large", Fault(Encoding.UTF8.GetBytes(bomb.ToString())));
        Assert.Equal("the aliases make the manifest too large", Fault(Encoding.UTF8.GetBytes(long_)));
        Assert.Equal("more than 1000000 values", Fault(Encoding.UTF8.GetBytes(merges)));
    }

    [Theory]
    [InlineData("[", "nested deeper than 64 levels")]
    [InlineData("{", "nested deeper than 64 levels")]
    [InlineData("- ", "nested deeper than 64 levels")]
    [InlineData("- x\n", "more than 1000000 values")]
    [InlineData("- &a x\n- *a\n", "more than 1000000 values")]
    [Trait("Security", "E9")]
    public void Read_TenMegabytesOfOneThing_AreRefused(string part, string message)
    {
        string text = string.Concat(Enumerable.Repeat(part, 10 * 1024 * 1024 / part.Length));

        Assert.Equal(message, Fault(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Read_RandomYaml_GivesJsonOrAFault()
    {
        var random = new Random(20260101);
        string[] parts =
        [
            "a: ", "- ", "\n", "  ", "{", "}", "[", "]", ",", "&x ", "*x", "<<: ", "!t ", "'", "\"", "|", ">", "#", "? ", ": ", "b",
            "---", "...", "%", "\t", "1", "~", "\0",
        ];
        int read = 0;
        for (int i = 0; i < 5_000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(random.GetItems(parts, random.Next(1, 10))));
            try
            {
                using var json = System.Text.Json.JsonDocument.Parse(YamlManifest.Read(text).Json);
                read++;
            }
            catch (YamlFaultException)
            {
                // A text that is not YAML.
            }
        }

        Assert.InRange(read, 250, 4_750);
    }

    private static string Fault(byte[] yaml) => Assert.Throws<YamlFaultException>(() => YamlManifest.Read(yaml)).Message;
}
