using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Authority;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary>Manifests and uploads that are odd but allowed, and such as try to cost more than they may.</summary>
public sealed class HostileSecretsTests : CoordinatorTest
{
    private readonly UserClient _alice = new("alice");

    public override ValueTask DisposeAsync()
    {
        _alice.Dispose();
        return base.DisposeAsync();
    }

    private async Task<string> RawAsync(CoordinatorHost host, string path, object? body)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
        {
            ClientCertificates = [_alice.Certificate],
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        }
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{host.Client}") };
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path)
        {
            Content = body is null ? null : System.Net.Http.Json.JsonContent.Create(body),
        };
        using HttpResponseMessage r = await client.SendAsync(request, Cancellation);
        return $"{(int)r.StatusCode} {await r.Content.ReadAsStringAsync(Cancellation)}";
    }

    private async Task<string> SetAsync(CoordinatorHost host, string marbles, string secrets, string names)
    {
        string manifest = $$$"""
            { "Packages": { "app": { "UniqueID": "{{{host.Platform.MeasureRunningProcess().UniqueId}}}" } },
              "Marbles": { {{{marbles}}} }, "Secrets": { {{{secrets}}} },
              "Users": { "alice": { "Certificate": "{{{_alice.JsonPem}}}", "Roles": ["all"] } },
              "Roles": { "all": { "ResourceType": "Secrets", "ResourceNames": [{{{names}}}], "Actions": ["WriteSecret", "ReadSecret"] } } }
            """;
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(Encoding.UTF8.GetBytes(manifest)), Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        return $"{(int)response.StatusCode} {text}";
    }

    [Fact]
    public async Task Upload_BesideALongSharedKey_IsTaken()
    {
        CoordinatorHost host = await StartAsync();
        string set = await SetAsync(
            host,
            """ "web": { "Package": "app", "Parameters": { "Env": { "A": "{{ hex .Secrets.key }}", "B": "{{ len .Secrets.long.Private }}" } } } """,
            """ "key": { "Type": "symmetric-key", "Size": 128, "UserDefined": true }, "long": { "Type": "symmetric-key", "Size": 131072, "Shared": true } """,
            "\"key\"");
        Assert.StartsWith("200", set, StringComparison.Ordinal);
        string answer = await RawAsync(host, "/secrets", new { key = new { Key = new byte[16] } });
        Assert.StartsWith("200", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manifest_SliceOfAUserDefinedKey_IsTaken()
    {
        CoordinatorHost host = await StartAsync();
        string set = await SetAsync(host,
            """ "web": { "Package": "app", "Parameters": { "Env": { "A": "{{ hex (slice .Secrets.key.Private 0 8) }}" } } } """,
            """ "key": { "Type": "symmetric-key", "Size": 128, "UserDefined": true } """, "\"key\"");
        Assert.StartsWith("200", set, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manifest_TemplateCertificateWithAnExtensionTwice_IsRefusedWithAReason()
    {
        CoordinatorHost host = await StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.31", [0x30, 0], false));
        request.CertificateExtensions.Add(new X509Extension("2.5.29.32", [0x30, 0], false));
        byte[] der = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(9)).RawData;
        int at = der.AsSpan().IndexOf(new byte[] { 0x55, 0x1d, 0x20 });
        der[at + 2] = 0x1f;
        string set = await SetAsync(
            host,
            """ "web": { "Package": "app", "Parameters": { "Env": { "A": "{{ pem .Secrets.c.Cert }}" } } } """,
            $$""" "c": { "Type": "cert-ecdsa", "Size": 256, "Shared": true, "Cert": "{{Convert.ToBase64String(der)}}" } """,
            "");

        Assert.StartsWith("400", set, StringComparison.Ordinal);
        Assert.Contains("duplicate extensions", set, StringComparison.Ordinal);
    }


    [Theory]
    [InlineData("1.2.3.4")]
    [InlineData("1.3.36.3.3.2.8.1.1.13")]
    [InlineData("1.3.132.0.1")]
    public async Task Upload_KeyOfAnOddCurve_IsAnsweredAndLogged(string curve)
    {
        CoordinatorHost host = await StartAsync();
        string set = await SetAsync(
            host,
            """ "web": { "Package": "app" } """,
            """ "a": { "Type": "cert-ecdsa", "Size": 256, "UserDefined": true }, "b": { "Type": "plain", "UserDefined": true } """,
            "\"a\", \"b\"");
        Assert.StartsWith("200", set, StringComparison.Ordinal);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] der = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(9)).RawData;
        var inner = new AsnWriter(AsnEncodingRules.DER);
        using (inner.PushSequence()) { inner.WriteInteger(1); inner.WriteOctetString(new byte[31].Append((byte)7).ToArray()); }
        var w = new AsnWriter(AsnEncodingRules.DER);
        using (w.PushSequence())
        {
            w.WriteInteger(0);
            using (w.PushSequence()) { w.WriteObjectIdentifier("1.2.840.10045.2.1"); w.WriteObjectIdentifier(curve); }
            w.WriteOctetString(inner.Encode());
        }
        string answer = await RawAsync(
            host, "/secrets", new { a = new { Cert = der, Private = w.Encode() }, b = new { Key = new byte[] { 1 } } });
        Assert.StartsWith("200", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activation_ManyPrivateRsaKeys_AreRefusedWhenSet()
    {
        CoordinatorHost host = await StartAsync();
        string many = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"r{i}\": {{ \"Type\": \"cert-rsa\", \"Size\": 8192 }}"));
        string set = await SetAsync(
            host, """ "web": { "Package": "app", "Parameters": { "Env": { "A": "{{ len .Secrets }}" } } } """, many, "");
        Assert.StartsWith("400", set, StringComparison.Ordinal);
    }

    [Fact]
    public void State_NullDictionary_IsRefusedAsSealedState()
    {
        var state = new CoordinatorState
        {
            Generation = 1,
            Authority = MeshAuthorityTests.Create(),
            Protection = StateProtection.Create(),
            RootSecret = new byte[32],
        };
        var node = System.Text.Json.Nodes.JsonNode.Parse(StateSerializer.Serialize(state))!;
        node["Secrets"] = null;
        Assert.Throws<MarbleRun.Coordinator.State.Sealing.SealedStateException>(
            () => StateSerializer.Deserialize(Encoding.UTF8.GetBytes(node.ToJsonString()), state.Protection));
    }
}
