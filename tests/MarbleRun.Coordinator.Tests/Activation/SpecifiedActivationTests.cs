using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.State;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>Cases of the specification that need a manifest of their own.</summary>
public sealed class SpecifiedActivationTests : RunningCoordinatorTest
{
    [Fact]
    [Case("marble-api", "A Marble without files, variables and arguments")]
    public async Task Activate_MarbleWithoutAnyParameters_GetsTheReservedVariablesAlone()
    {
        await SetAsync(""" "bare": { "Package": "app" } """, string.Empty);

        Parameters parameters = await MeshClient.ActivateAsync(Host, "bare");

        Assert.Empty(parameters.Files);
        Assert.Empty(parameters.Argv);
        Assert.Equal(4, parameters.Env.Count);
        Assert.All(parameters.Env.Keys, name => Assert.StartsWith("MARBLE_PREDEFINED_", name, StringComparison.Ordinal));
    }

    [Fact]
    [Case("manifest", "No secrets give no values")]
    [Case("marble-api", "No secrets give no values")]
    public async Task Set_ManifestWithoutSecrets_MakesNone()
    {
        await SetAsync(""" "bare": { "Package": "app" } """, string.Empty);

        Assert.Empty(Host.Services.GetRequiredService<CurrentState>().Value.Secrets);
    }

    [Fact]
    [Case("marble-api", "Two types without binding get the same key for one instance")]
    public async Task Activate_OneInstanceAsTwoUnboundTypes_GetsTheSameKey()
    {
        const string Parameters = """ "Package": "app", "Parameters": { "Env": { "KEY": "{{ hex .Secrets.k }}" } } """;
        await SetAsync(
            $$""" "a": { {{Parameters}}, "DisableSecretBinding": true }, "b": { {{Parameters}}, "DisableSecretBinding": true }, "c": { {{Parameters}} } """,
            """ "k": { "Type": "symmetric-key", "Size": 256 } """);
        string uuid = Guid.NewGuid().ToString();

        ByteString first = (await MeshClient.ActivateAsync(Host, "a", uuid: uuid)).Env["KEY"];

        Assert.Equal(first, (await MeshClient.ActivateAsync(Host, "b", uuid: uuid)).Env["KEY"]);
        Assert.NotEqual(first, (await MeshClient.ActivateAsync(Host, "c", uuid: uuid)).Env["KEY"]);
        Assert.NotEqual(first, (await MeshClient.ActivateAsync(Host, "a")).Env["KEY"]);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    [Case("manifest", "IsCA is honoured")]
    [Case("marble-api", "A secret that is an authority signs leaves that verify")]
    public async Task Activate_SecretThatIsAnAuthority_SignsLeavesThatVerify(string shared)
    {
        await SetAsync(
            """ "ca": { "Package": "app", "Parameters": { "Env": { "CERT": "{{ pem .Secrets.ca.Cert }}", "KEY": "{{ pem .Secrets.ca.Private }}" } } } """,
            $$""" "ca": { "Type": "cert-ecdsa", "Size": 256, "Shared": {{shared}}, "Cert": { "IsCA": true, "Subject": { "CommonName": "inner authority" } } } """);

        Parameters parameters = await MeshClient.ActivateAsync(Host, "ca");

        using var authority = X509Certificate2.CreateFromPem(parameters.Env["CERT"].ToStringUtf8(), parameters.Env["KEY"].ToStringUtf8());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 leaf = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256).Create(
            authority, authority.NotBefore, authority.NotAfter, [1]);
        await File.WriteAllTextAsync(Folder.File("leaf.pem"), leaf.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Folder.File("ca.pem"), authority.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(
            Folder.File("root.pem"), parameters.Env["MARBLE_PREDEFINED_ROOT_CA"].ToByteArray(), TestContext.Current.CancellationToken);
        await OpenSsl.RunAsync(
            "verify", "-CAfile", Folder.File("root.pem"), "-untrusted", Folder.File("ca.pem"), Folder.File("leaf.pem"));
    }

    [Fact]
    [Case("manifest", "An inline value of a plain secret works without an upload")]
    public async Task Activate_InlineValueOfAPlainSecret_IsThereWithoutAnUploadBeforeAndNow()
    {
        await SetAsync(
            """ "web": { "Package": "app", "Parameters": { "Env": { "NOW": "{{ string .Secrets.text }}", "BEFORE": "{{ string .Previous.Secrets.text }}" } } } """,
            """ "text": { "Type": "plain", "UserDefined": true, "Public": "aW5saW5l" } """);

        Parameters parameters = await MeshClient.ActivateAsync(Host, "web");

        Assert.Equal(("inline", "inline"), (parameters.Env["NOW"].ToStringUtf8(), parameters.Env["BEFORE"].ToStringUtf8()));
    }

    [Fact]
    [Case("marble-api", "Wire: a request without names")]
    public async Task Activate_CsrWithoutNames_GivesACertificateWithoutHostNames()
    {
        await SetAsync(""" "bare": { "Package": "app" } """, string.Empty);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] csr = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();

        // The request's own key signs it, so that it need not be the key of the connection.
        Parameters parameters = await MeshClient.ActivateAsync(Host, "bare", request => request.CSR = ByteString.CopyFrom(csr));

        using var leaf = X509Certificate2.CreateFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        X509SubjectAlternativeNameExtension names = Assert.Single(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>());
        Assert.Empty(names.EnumerateDnsNames());
        Assert.Empty(names.EnumerateIPAddresses());
    }

    /// <summary>Each request has two faults; the one of the earlier check is reported.</summary>
    [Theory]
    [InlineData("quote and UUID", StatusCode.PermissionDenied, "marble verification failed: invalid quote: ")]
    [InlineData("quote and CSR", StatusCode.PermissionDenied, "marble verification failed: invalid quote: ")]
    [InlineData("type and UUID", StatusCode.PermissionDenied, "marble verification failed: unknown marble type requested")]
    [InlineData("UUID and CSR", StatusCode.InvalidArgument, "invalid UUID: invalid UUID length: 3")]
    [InlineData("CSR and secret", StatusCode.Internal, "generating marble authentication secrets: parsing CSR: ")]
    [Case("marble-api", "Wire: of two faults the earlier check is reported")]
    public async Task Activate_TwoFaults_ReportsTheEarlierCheck(string faults, StatusCode code, string message)
    {
        await SetAsync(
            """ "web": { "Package": "app", "Parameters": { "Env": { "A": "{{ hex .Secrets.unset }}" } } } """,
            """ "unset": { "Type": "symmetric-key", "Size": 128, "UserDefined": true } """);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web", request =>
        {
            request.Quote = faults.StartsWith("quote", StringComparison.Ordinal) ? ByteString.CopyFromUtf8("junk") : request.Quote;
            request.MarbleType = faults.StartsWith("type", StringComparison.Ordinal) ? "none" : request.MarbleType;
            request.UUID = faults.Contains("UUID", StringComparison.Ordinal) ? "xyz" : request.UUID;
            request.CSR = faults.Contains("CSR", StringComparison.Ordinal) ? ByteString.CopyFromUtf8("junk") : request.CSR;
        }));

        Assert.Equal(code, refusal.StatusCode);
        Assert.StartsWith(message, refusal.Status.Detail, StringComparison.Ordinal);
    }

    private async Task SetAsync(string marbles, string secrets)
    {
        string manifest = $$"""
            {
              "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } },
              "Marbles": { {{marbles}} },
              "Secrets": { {{secrets}} }
            }
            """;
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative),
            new ByteArrayContent(Encoding.UTF8.GetBytes(manifest)),
            TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
