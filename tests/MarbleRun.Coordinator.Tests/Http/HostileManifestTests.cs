using System.Net;
using System.Text;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What an unauthenticated caller may send to the client port before there is a manifest.</summary>
public sealed class HostileManifestTests : CoordinatorTest
{
    public override async ValueTask InitializeAsync() => await StartAsync(settings: ("Bootstrap:MaxManifestSize", "16777216"));

    [Theory]
    [Trait("Security", "G3")]
    [InlineData("{\"\\ud800\":1,\"manifest\":\"e30=\"}")]
    [InlineData("{\"\u00ff\":1,\"manifest\":\"e30=\"}")]
    public async Task PostV2_MemberWhoseNameIsNoText_IsIgnoredLikeOtherMembers(string body)
    {
        (HttpStatusCode status, string message) = await PostAsync("/api/v2/manifest", Encoding.Latin1.GetBytes(body));

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("checking manifest: no allowed packages defined", message);
        AssertNoUnhandledException();
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_TemplateWithAnEndlessPath_IsRefusedAtOnce()
    {
        string path = string.Concat(Enumerable.Repeat(".a", 1_000_000));

        (HttpStatusCode status, string message) = await PostAsync(
            "/manifest", Manifest($"\"Files\": {{ \"/a\": \"{{{{ raw .Secrets{path} }}}}\" }}"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("more than 16 fields in one path", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_ResultsThatFillTheMemory_AreRefused()
    {
        string files = string.Join(", ", Enumerable.Range(0, 200).Select(i => $"\"/{i}\": \"{{{{ hex .Secrets.big }}}}\""));

        (HttpStatusCode status, string message) = await PostAsync(
            "/manifest",
            Manifest($"\"Files\": {{ {files} }}", "\"big\": { \"Type\": \"symmetric-key\", \"Size\": 8388608, \"Shared\": true }"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("running manifest template dry run: in Marble web: file /", message, StringComparison.Ordinal);
        Assert.EndsWith("with it the results are longer than 4194304 bytes together", message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "E4")]
    [InlineData(20, "\"Size\": 8388608, \"Shared\": true")]
    [InlineData(2_100, "\"Size\": 65280")]
    public async Task Post_SecretsThatFillTheMemory_AreRefusedBeforeTheyAreMade(int count, string size)
    {
        string secrets = string.Join(", ", Enumerable.Range(0, count).Select(i => $"\"s{i}\": {{ \"Type\": \"symmetric-key\", {size} }}"));

        (HttpStatusCode status, string message) = await PostAsync(
            "/manifest", Manifest("\"Files\": { \"/a\": \"{{ range .Secrets }}{{ raw . }}{{ end }}\" }", secrets));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("generating secrets from manifest: the keys that are used have more than", message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "E4")]
    [InlineData(0, "0-bit keys are insecure")]
    [InlineData(1024, "1024-bit keys are insecure")]
    [InlineData(2047, "2047-bit keys are insecure")]
    [InlineData(2049, "2049 is not a multiple of 8 up to 8192")]
    [InlineData(16384, "16384 is not a multiple of 8 up to 8192")]
    [InlineData(4294967296, "4294967296 is not a multiple of 8 up to 8192")]
    public async Task Post_RsaKeyOfABadSize_IsRefusedBeforeItIsMade(long bits, string words)
    {
        string secret = $"\"s\": {{ \"Type\": \"cert-rsa\", \"Size\": {bits}, \"Shared\": true }}";

        (HttpStatusCode status, string message) = await PostAsync(
            "/manifest", Manifest("\"Env\": { \"A\": \"{{ pem .Secrets.s.Cert }}\" }", secret));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("generating secrets from manifest: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_SharedRsaKeysThatFillTheDay_AreRefusedBeforeTheyAreMade()
    {
        string secrets = string.Join(
            ", ", Enumerable.Range(0, 1000).Select(i => $"\"s{i}\": {{ \"Type\": \"cert-rsa\", \"Size\": 8192, \"Shared\": true }}"));
        string uses = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{{{{ raw .Secrets.s{i} }}}}"));

        (HttpStatusCode status, string message) = await PostAsync("/manifest", Manifest($"\"Files\": {{ \"/a\": \"{uses}\" }}", secrets));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(
            "generating secrets from manifest: shared RSA keys that are used have more than", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_LoopsOfManyMarbles_AreStoppedTogether()
    {
        string loop =
            "{{ range $.Secrets.k.Public }}{{ range $.Secrets.k.Public }}{{ range $.Secrets.k.Public }}{{ end }}{{ end }}{{ end }}";
        string marbles = string.Join(", ", Enumerable.Range(0, 10_000).Select(
            i => $"\"m{i}\": {{ \"Package\": \"app\", \"Parameters\": {{ \"Files\": {{ \"/a\": \"{loop}\" }} }} }}"));
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$"""{"Packages":{"app":{"UniqueID":"00"}},"Marbles":{ {{{marbles}}} },"Secrets":{"k":{"Type":"symmetric-key","Size":512} } }""");

        (HttpStatusCode status, string message) = await PostAsync("/manifest", manifest);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("the templates take too many steps together", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_TenThousandMarblesWithTemplates_AreTaken()
    {
        string marbles = string.Join(", ", Enumerable.Range(0, 10_000).Select(
            i => $"\"m{i}\": {{ \"Package\": \"app\", \"Parameters\": {{ \"Env\": {{ \"A\": \"{{{{ if .Secrets.k }}}}{{{{ hex .Secrets.k "
                + $"}}}}{{{{ end }}}}\", \"B\": \"{{{{ len .Secrets }}}}\" }} }} }}"));
        string secrets = string.Join(
            ", ", Enumerable.Range(0, 10_000).Select(i => $"\"s{i}\": {{ \"Type\": \"symmetric-key\", \"Size\": 128 }}"));
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$"""{"Packages":{"app":{"UniqueID":"00"}},"Marbles":{ {{{marbles}}} },"Secrets":{"k":{"Type":"symmetric-key","Size":512}, {{{secrets}}} } }""");

        (HttpStatusCode status, string message) = await PostAsync("/manifest", manifest);

        Assert.True(status == HttpStatusCode.OK, message);
    }

    [Fact]
    [Trait("Security", "E10")]
    public async Task Post_LongTlsTagOfManyMarbles_IsRefused()
    {
        string entries = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"{{ \"Port\": \"{i}\" }}"));
        string marbles = string.Join(", ", Enumerable.Range(0, 6).Select(i => $"\"m{i}\": {{ \"Package\": \"app\", \"TLS\": [ \"t\" ] }}"));
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$"""{"Packages":{"app":{"UniqueID":"00"}},"Marbles":{ {{{marbles}}} },"TLS":{"t":{"Incoming":[ {{{entries}}} ] } } }""");

        (HttpStatusCode status, string message) = await PostAsync("/manifest", manifest);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(
            "checking manifest: TLS: more than 100000 connections of all Marbles together", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E10")]
    public async Task Post_TlsEntryWhoseSecretIsNoCertificate_IsRefused()
    {
        byte[] manifest = Encoding.UTF8.GetBytes(
            """
            {"Packages":{"app":{"UniqueID":"00"}},"Marbles":{"web":{"Package":"app","TLS":["t"]}},"Secrets":{"k":{"Type":"symmetric-key","Size":128}},
             "TLS":{"t":{"Incoming":[{"Port":"443","Cert":"k","DisableClientAuth":true}]}}}
            """);

        (HttpStatusCode status, string message) = await PostAsync("/manifest", manifest);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            "running manifest template dry run: in Marble web: TLS: the secret k of the incoming port 443 has no certificate with a "
            + "private key; upload both",
            message);
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_NameThatIsRepeatedInEveryPath_IsRefusedAtOnce()
    {
        string variables = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i}\":\"\""));
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$$"""{"Packages":{"app":{"UniqueID":"00"}},"Marbles":{"{{{{new string('w', 2_000_000)}}}}":{"Package":"app","Parameters":{"Env":{ {{{{variables}}}} } } } } }""");

        (HttpStatusCode status, string message) = await PostAsync("/manifest", manifest);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("unmarshaling manifest: a name is too long: 2000000 characters, at most 4096 are read", message);
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Post_ManyPathsUnderALongName_AreRefusedAtOnce()
    {
        string variables = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i}\":\"\""));
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$$"""{"Packages":{"app":{"UniqueID":"00"}},"Marbles":{"{{{{new string('w', 4096)}}}}":{"Package":"app","Parameters":{"Env":{ {{{{variables}}}} } } } } }""");

        (HttpStatusCode status, string message) = await PostAsync("/manifest", manifest);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("unmarshaling manifest: the names in the manifest are too long", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bogus\\r\\n2026-01-01 crit: all is lost")]
    [InlineData("bogus\\u2028crit: all is lost")]
    public async Task Post_NameWithALineBreak_ForgesNoLineInTheLog(string name)
    {
        string manifest =
            $$$"""{"Packages":{"app":{"UniqueID":"00"}},"Marbles":{"web":{"Package":"app"}, "{{{name}}}":{"Package":"{{{name}}}"} }, "{{{name}}}":1}""";

        (HttpStatusCode status, _) = await PostAsync("/manifest", Encoding.UTF8.GetBytes(manifest));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        string[] entries = [.. Host.Logs.Entries.Where(e => e.Contains("all is lost", StringComparison.Ordinal))];
        Assert.NotEmpty(entries);
        Assert.DoesNotContain(entries, e => e.AsSpan().IndexOfAny('\r', '\n', '\u2028') >= 0);
    }

    private static byte[] Manifest(string parameters, string secrets = "") => Encoding.UTF8.GetBytes($$"""
        {
          "Packages": { "app": { "UniqueID": "00" } },
          "Marbles": { "web": { "Package": "app", "Parameters": { {{parameters}} } } },
          "Secrets": { {{secrets}} }
        }
        """);

    private async Task<(HttpStatusCode Status, string Message)> PostAsync(string path, byte[] body)
    {
        using HttpResponseMessage response = await Client.PostAsync(
            new Uri(path, UriKind.Relative), new ByteArrayContent(body), Cancellation);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(Cancellation);
        bool hasMessage = answer.Length > 0 && JsonDocument.Parse(answer).RootElement.TryGetProperty("message", out _);
        return (
            response.StatusCode,
            hasMessage ? JsonDocument.Parse(answer).RootElement.GetProperty("message").GetString()! : string.Empty);
    }

    private void AssertNoUnhandledException() =>
        Assert.DoesNotContain(Host.Logs.Entries, e => e.Contains("unhandled exception", StringComparison.Ordinal));
}
