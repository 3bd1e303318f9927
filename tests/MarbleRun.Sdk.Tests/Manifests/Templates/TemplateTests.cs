using System.Security.Cryptography;
using System.Text;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests.Templates;

public sealed class TemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("no action } }} {", "no action } }} {")]
    [InlineData("{{ hex .Secrets.key }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{hex .Secrets.key}}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ hex .Secrets.key  }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{\n hex\n .Secrets.key\n}}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ hex .Secrets.key.Private }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ hex .Previous.Secrets.key }}", "101112131415161718191a1b1c1d1e1f")]
    [InlineData("{{ base64 .Secrets.key }}", "AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("{{ base64 .Previous.Secrets.key }}", "EBESExQVFhcYGRobHB0eHw==")]
    [InlineData("{{ raw .Secrets.key }}", "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f")]
    [InlineData("{{ hex .Secrets.cert }}", "0102")]
    [InlineData("{{ hex .Secrets.cert.Private }}", "0304")]
    [InlineData("a{{ hex .Secrets.cert }}b{{ base64 .Secrets.cert }}c", "a0102bAQI=c")]
    [InlineData("{{ .Secrets.key | hex }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ (.Secrets.key) | hex }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ hex (index .Secrets \"my-key\") }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ index .Secrets \"my-key\" | hex }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ hex (index .Secrets `my-key`).Private }}", "000102030405060708090a0b0c0d0e0f")]
    [InlineData("{{ hex (index .Previous.Secrets \"k\\x65\\u0079\") }}", "101112131415161718191a1b1c1d1e1f")]
    [InlineData("{{\"{{\"}} x {{`}}`}}", "{{ x }}")]
    [InlineData("{{ \"a\\n\\t\\\\\\\"\" }}", "a\n\t\\\"")]
    [InlineData("{{/* nothing {{ hex }} */}}a{{- /* c */ -}} b", "ab")]
    [InlineData("a \n{{- hex .Secrets.cert -}}\t\n b", "a0102b")]
    [InlineData("a {{- hex .Secrets.cert }} b", "a0102 b")]
    [InlineData("a {{ hex .Secrets.cert -}} b", "a 0102b")]
    [InlineData("{{ .Secrets.nope }}", "<no value>")]
    [InlineData("{{ .Secrets.nope.Private.More }}", "<no value>")]
    [InlineData(
        "{{ .Secrets.cert.Type }} {{ .Secrets.cert.Size }} {{ .Secrets.key.Shared }} {{ .Secrets.plain.UserDefined }} {{ "
        + ".Secrets.cert.ValidFor }}",
        "cert-rsa 2048 true true 7")]
    [Case("manifest", "`hex`, `base64`, `raw` of a key, current and previous")]
    [Case("marble-api", "Each function with current and previous values")]
    public void Execute_File_GivesTheResult(string source, string result)
    {
        Assert.Equal(result, TestTemplates.Run(source));
    }

    [Theory]
    [InlineData("RootCA.Cert", "CERTIFICATE", "Cg==")]
    [InlineData("MarbleCert.Cert", "CERTIFICATE", "Cw==")]
    [InlineData("MarbleCert.Private", "PRIVATE KEY", "DA==")]
    [InlineData("MarbleCert.Public", "PUBLIC KEY", "DQ==")]
    [InlineData("CoordinatorRoot.Cert", "CERTIFICATE", "Dg==")]
    [InlineData("CoordinatorIntermediate.Cert", "CERTIFICATE", "Dw==")]
    [Case("manifest", "Dry run: `pem` of all five reserved values")]
    public void Execute_ReservedCredential_GivesPem(string path, string label, string base64)
    {
        string pem = $"-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n";

        Assert.Equal(pem, TestTemplates.Run($"{{{{ pem .MarbleRun.{path} }}}}"));
        Assert.Equal(pem, TestTemplates.Run($"{{{{ pem .MarbleRun.{path} }}}}", TemplateTarget.Environment));
    }

    [Fact]
    [Case("manifest", "`pem` and `raw` of a certificate read back as the same")]
    public void Execute_PemOfSeveralLines_ReadsBack()
    {
        string pem = TestTemplates.Run("{{ pem .Secrets.cert.Cert }}");

        Assert.Equal(PemEncoding.WriteString("CERTIFICATE", TestTemplates.Certificate) + "\n", pem);
        Assert.All(pem.Split('\n'), line => Assert.True(line.Length <= 64));
        Assert.Equal(TestTemplates.Certificate, Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]));
    }

    [Fact]
    [Case("manifest", "`string`: plain text passes, zero bytes and other types fail")]
    public void Execute_TextOfAnyBytes_IsCopied()
    {
        byte[] source = [.. Enumerable.Range(0, 256).Select(i => (byte)i), .. "{{ raw .Secrets.key }}"u8, 0xff, 0xfe];

        byte[] result = TestTemplates.Run(source);

        Assert.Equal([.. source[..256], .. TestTemplates.Key, 0xff, 0xfe], result);
    }

    [Theory]
    [InlineData("{{ raw .Secrets.plain }}", false)]
    [InlineData("{{ string .Secrets.plain }}", true)]
    [Trait("Security", "E4")]
    public void Execute_SecretThatLooksLikeATemplate_IsNotRunAgain(string source, bool environment)
    {
        Assert.Equal("{{ raw .Secrets.key }}", TestTemplates.Run(source, environment ? TemplateTarget.Environment : TemplateTarget.File));
    }

    [Fact]
    public void References_Paths_AreNamedByGeneration()
    {
        var template = Template.Parse(
            "{{ hex .Secrets.a }}{{ pem .Secrets.b.Cert }}{{ .Previous.Secrets.c | hex }}{{ hex (index .Secrets \"d-e\").Public }}{{ hex "u8
            + "(index .Previous.Secrets `f g`) }}{{ pem .MarbleRun.RootCA.Cert }}{{/* .Secrets.x */}}"u8,
            TemplateTarget.File);

        Assert.Equal(["a", "b", "d-e"], template.References.Secrets);
        Assert.Equal(["c", "f g"], template.References.PreviousSecrets);
        Assert.Equal(
            ["a", "b", "d-e", "z"],
            TemplateReferences.Union(
                [template.References, Template.Parse("{{ hex .Secrets.z }}"u8, TemplateTarget.File).References]).Secrets);
        Assert.Empty(Template.Parse("text"u8, TemplateTarget.File).References.Secrets);
    }

    [Theory]
    [InlineData("{{ pem .MarbleRun.RootCA.Cert }}{{ pem .MarbleRun.MarbleCert.Cert }}{{ pem .MarbleRun.MarbleCert.Private }}", true)]
    [InlineData("{{ pem .MarbleRun.CoordinatorRoot.Cert }}{{ pem .MarbleRun.CoordinatorIntermediate.Cert }}", true)]
    [InlineData("{{ hex .Previous.Secrets.key }}", true)]
    [InlineData("{{ pem .MarbleRun.RootCA.Private }}", false)]
    [InlineData("{{ pem .MarbleRun.RootCA.Public }}", false)]
    [InlineData("{{ pem .MarbleRun.CoordinatorRoot.Private }}", false)]
    [InlineData("{{ pem .MarbleRun.CoordinatorIntermediate.Public }}", false)]
    [InlineData("{{ pem .Secrets.key }}", false)]
    [Case("manifest", "Dry run: `raw` and `hex` of shared keys in files, current and previous")]
    [Case("manifest", "Dry run: `pem` of a whole symmetric key")]
    [Case("manifest", "Dry run: `raw` in an environment variable")]
    [Case("manifest", "Dry run: `pem` of all five reserved values")]
    [Case("manifest", "Dry run: private and public parts of the authorities")]
    public void Execute_DryRun_PassesWhatAnActivationCouldFill(string source, bool passes)
    {
        var template = Template.Parse(Encoding.UTF8.GetBytes(source), TemplateTarget.File);
        TemplateData data = TemplateData.ForDryRun(new Dictionary<string, TemplateSecret> { ["key"] = TestTemplates.Data.Secrets["key"] });

        Exception? fault = Record.Exception(() => template.Execute(data, new System.Buffers.ArrayBufferWriter<byte>()));

        Assert.Equal(passes, fault is null);
        Assert.True(fault is null or TemplateException);
    }
}
