using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>Which secrets Marbles get: the derivation matrix, and what is not made at all.</summary>
public sealed class SecretActivationTests : RunningCoordinatorTest
{
    private const string Uuid = "6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2";


    [Fact]
    [Case("manifest", "`pem` and `raw` of a certificate read back as the same")]
    [Case("marble-api", "Each function with current and previous values")]
    public async Task Activate_EveryFormOfASecret_IsEncodedAsOpenSslReadsIt()
    {
        await SetAsync(
            """
            "Files": {
              "/cert.pem": "{{ pem .Secrets.cert.Cert }}", "/cert.der": "{{ raw .Secrets.cert.Cert }}",
              "/key.pem": "{{ pem .Secrets.cert.Private }}", "/key.der": "{{ raw .Secrets.cert.Private }}",
              "/public.pem": "{{ pem .Secrets.cert.Public }}", "/public.der": "{{ raw .Secrets.cert }}", "/public.hex": "{{ hex .Secrets.cert.Public }}"
            }
            """,
            """ "cert": { "Type": "cert-rsa", "Size": 2048, "Shared": true } """);

        Parameters parameters = await MeshClient.ActivateAsync(Host, "web");
        foreach ((string path, ByteString content) in parameters.Files)
        {
            await File.WriteAllBytesAsync(Folder.File(path[1..]), content.ToByteArray(), Cancellation);
        }

        await OpenSsl.RunAsync("x509", "-in", Folder.File("cert.pem"), "-outform", "DER", "-out", Folder.File("cert.again"));
        await OpenSsl.RunAsync(
            "pkcs8", "-topk8", "-nocrypt", "-in", Folder.File("key.pem"), "-outform", "DER", "-out", Folder.File("key.again"));
        await OpenSsl.RunAsync("pkey", "-in", Folder.File("key.pem"), "-pubout", "-out", Folder.File("public.again"));
        await OpenSsl.RunAsync(
            "pkey", "-pubin", "-in", Folder.File("public.pem"), "-outform", "DER", "-out", Folder.File("public.der.again"));
        Assert.Equal(await ReadAsync("cert.again"), await ReadAsync("cert.der"));
        Assert.Equal(await ReadAsync("key.again"), await ReadAsync("key.der"));
        Assert.Equal(await ReadAsync("public.again"), await ReadAsync("public.pem"));
        Assert.Equal(await ReadAsync("public.der.again"), await ReadAsync("public.der"));
        Assert.Equal(Convert.ToHexStringLower(await ReadAsync("public.der")), Encoding.ASCII.GetString(await ReadAsync("public.hex")));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----\n", parameters.Files["/cert.pem"].ToStringUtf8(), StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", parameters.Files["/key.pem"].ToStringUtf8(), StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----\n", parameters.Files["/public.pem"].ToStringUtf8(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("marble-api", "Shared certificates are equal in all types")]
    [Case("marble-api", "Private certificates differ; seven days are seven days")]
    public async Task Activate_Certificates_SharedOnesAreEqualAndPrivateOnesAreNewEachTime()
    {
        await SetAsync(
            """
            "Env": {
              "SHARED": "{{ pem .Secrets.shared.Private }}", "PREVIOUS_SHARED": "{{ pem .Previous.Secrets.shared.Private }}",
              "PRIVATE": "{{ pem .Secrets.private.Private }}", "CERT": "{{ pem .Secrets.private.Cert }}", "PREVIOUS_PRIVATE": "{{ pem .Previous.Secrets.private.Private }}"
            }
            """,
            """ "shared": { "Type": "cert-ed25519", "Shared": true }, "private": { "Type": "cert-ecdsa", "Size": 256, "ValidFor": 7, "Cert": { "Subject": { "CommonName": "mine" } } } """);

        Parameters first = await MeshClient.ActivateAsync(Host, "web", uuid: Uuid);
        Parameters second = await MeshClient.ActivateAsync(Host, "web", uuid: Uuid);

        Assert.Equal(first.Env["SHARED"], second.Env["SHARED"]);
        Assert.Equal(first.Env["SHARED"], first.Env["PREVIOUS_SHARED"]);
        Assert.NotEqual(first.Env["PRIVATE"], second.Env["PRIVATE"]);
        Assert.NotEqual(first.Env["PRIVATE"], first.Env["PREVIOUS_PRIVATE"]);
        using var certificate = X509Certificate2.CreateFromPem(first.Env["CERT"].ToStringUtf8(), first.Env["PRIVATE"].ToStringUtf8());
        Assert.Equal("CN=mine", certificate.Subject);
        Assert.InRange(
            certificate.NotAfter.ToUniversalTime(), DateTime.UtcNow.AddDays(7).AddHours(-2), DateTime.UtcNow.AddDays(7).AddHours(2));
    }

    [Fact]
    [Trait("Security", "E6")]
    [Case("marble-api", "Keys are those of HKDF as others compute it")]
    [Case("marble-api", "Previous values after a rotation, and before any")]
    public async Task Activate_PrivateKey_IsHkdfOfRootSecretInstanceAndNameAsOpenSslComputesIt()
    {
        await SetAsync(
            """ "Env": { "KEY": "{{ hex .Secrets.größe }}", "PREVIOUS": "{{ hex .Previous.Secrets.größe }}" } """,
            """ "größe": { "Type": "symmetric-key", "Size": 384 } """);
        CoordinatorState state = Host.Services.GetRequiredService<CurrentState>().Value;

        Parameters parameters = await MeshClient.ActivateAsync(Host, "web", uuid: Uuid.ToUpperInvariant());

        string expected = await OpenSsl.RunAsync(
            "kdf", "-keylen", "48", "-kdfopt", "digest:SHA256",
            "-kdfopt", $"hexkey:{Convert.ToHexString(state.RootSecret.Span)}",
            "-kdfopt", $"hexsalt:{Convert.ToHexString(Encoding.UTF8.GetBytes(Uuid + "größe"))}",
            "-kdfopt", "info:web", "HKDF");
        Assert.Equal(
            expected.Trim().Replace(":", string.Empty, StringComparison.Ordinal), parameters.Env["KEY"].ToStringUtf8(), ignoreCase: true);
        Assert.Equal(parameters.Env["KEY"], parameters.Env["PREVIOUS"]);
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("marble-api", "Previous values after a rotation, and before any")]
    public async Task Activate_AfterARotation_PreviousIsTheOldValueAndNothingElseIs()
    {
        await SetAsync(
            """ "Env": { "NOW": "{{ hex .Secrets.key }}", "BEFORE": "{{ hex .Previous.Secrets.key }}", "SHARED": "{{ hex .Secrets.shared }}", "SHARED_BEFORE": "{{ hex .Previous.Secrets.shared }}" } """,
            """ "key": { "Type": "symmetric-key", "Size": 128 }, "shared": { "Type": "symmetric-key", "Size": 128, "Shared": true } """);
        Parameters old = await MeshClient.ActivateAsync(Host, "web", uuid: Uuid);

        // What a full update with RotateRootSecret leaves behind.
        byte[] value = RandomNumberGenerator.GetBytes(16);
        await Host.Services.GetRequiredService<StateWriter>().ChangeAsync(
            state => (
                state with
                {
                    PreviousRootSecret = state.RootSecret,
                    RootSecret = RandomNumberGenerator.GetBytes(32),
                    PreviousSecrets = state.PreviousSecrets.SetItem("shared", state.Secrets["shared"]),
                    Secrets = state.Secrets.SetItem("shared", new StoredSecret(value, value)),
                },
                true),
            Cancellation);
        await RestartAsync();
        Parameters rotated = await MeshClient.ActivateAsync(Host, "web", uuid: Uuid);

        Assert.Equal(old.Env["NOW"], rotated.Env["BEFORE"]);
        Assert.NotEqual(old.Env["NOW"], rotated.Env["NOW"]);
        Assert.Equal(old.Env["SHARED"], rotated.Env["SHARED_BEFORE"]);
        Assert.Equal(Convert.ToHexStringLower(value), rotated.Env["SHARED"].ToStringUtf8());
    }

    [Fact]
    public async Task SetAndActivate_HundredsOfKeysThatAreNotUsed_MakeNone()
    {
        // Each of these keys takes seconds: made at all, they would take an hour.
        string unused = string.Concat(
            Enumerable.Range(0, 250).Select(
                i =>
                    $$""", "u{{i}}": { "Type": "cert-rsa", "Size": 8192, "Shared": {{(i % 2 == 0 ? "true" : "false")}}, "Cert": { "DNSNames": ["u{{i}}"] } }"""));
        await SetAsync(
            """ "Env": { "KEY": "{{ hex .Secrets.key }}" } """,
            """ "key": { "Type": "symmetric-key", "Size": 128, "Shared": true } """ + unused);

        Parameters parameters = await MeshClient.ActivateAsync(Host, "web");

        Assert.Equal(32, parameters.Env["KEY"].Length);
        Assert.Equal(["key"], Host.Services.GetRequiredService<CurrentState>().Value.Secrets.Keys);
    }

    [Theory]
    [InlineData("{{ pem .Secrets.plain.Cert }}")]
    [InlineData("{{ pem .Secrets.key.Cert }}")]
    [InlineData("{{ pem .Secrets.generated.Cert }}")]
    public async Task Set_CertificateOfASecretThatHasNone_IsRefused(string template)
    {
        using HttpResponseMessage response = await PostAsync(
            $$""" "Env": { "A": "{{template}}" } """,
            """
            "plain": { "Type": "plain", "UserDefined": true }, "key": { "Type": "symmetric-key", "Size": 128, "UserDefined": true },
            "generated": { "Type": "symmetric-key", "Size": 128 }
            """);

        Assert.Contains(
            "tried to parse secret with empty value", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private async Task SetAsync(string parameters, string secrets)
    {
        using HttpResponseMessage response = await PostAsync(parameters, secrets);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<HttpResponseMessage> PostAsync(string parameters, string secrets)
    {
        string manifest = $$"""
            {
              "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } },
              "Marbles": { "web": { "Package": "app", "Parameters": { {{parameters}} } } },
              "Secrets": { {{secrets}} }
            }
            """;
        using HttpClient client = Host.CreateClient();
        return await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(Encoding.UTF8.GetBytes(manifest)), Cancellation);
    }

    private Task<byte[]> ReadAsync(string name) => File.ReadAllBytesAsync(Folder.File(name), Cancellation);
}
