using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>Who is not let in, and with which words; and that nothing changes by trying.</summary>
public sealed class AdmissionTests : RunningCoordinatorTest
{
    private string _stateBefore = string.Empty;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await TestManifest.SetAsync(Host);
        _stateBefore = StateHash();
    }

    public override async ValueTask DisposeAsync()
    {
        Assert.Equal(_stateBefore, StateHash());
        Assert.DoesNotContain(
            Host.Logs.Entries, e => e.StartsWith("Error", StringComparison.Ordinal) || e.StartsWith("Critical", StringComparison.Ordinal));
        await base.DisposeAsync();
    }

    [Fact]
    [Case("marble-api", "Wire: an unknown type")]
    public Task Activate_UnknownType_IsRefused() =>
        AssertRefusedAsync(
            r => r.MarbleType = "none", StatusCode.PermissionDenied, "marble verification failed: unknown marble type requested");

    [Theory]
    [InlineData("", "invalid UUID: invalid UUID length: 0")]
    [InlineData("xyz", "invalid UUID: invalid UUID length: 3")]
    [InlineData("00000000-0000-0000-0000-000000000000", "invalid UUID: the zero UUID names no Marble")]
    [Case("marble-api", "Wire: UUIDs in every form, and broken ones")]
    [Case("marble-api", "Wire: the zero UUID")]
    public Task Activate_BadUuid_IsRefused(string uuid, string message) =>
        AssertRefusedAsync(r => r.UUID = uuid, StatusCode.InvalidArgument, message);

    [Fact]
    [Case("marble-api", "Wire: broken requests for a certificate")]
    public Task Activate_CsrGarbage_IsRefused() =>
        AssertRefusedAsync(
            r => r.CSR = ByteString.CopyFromUtf8("garbage"),
            StatusCode.Internal,
            "generating marble authentication secrets: parsing CSR: ",
            isStart: true);

    [Fact]
    [Trait("Security", "D1")]
    [Case("marble-api", "Wire: broken requests for a certificate")]
    public Task Activate_CsrSignedByAnotherKey_IsRefused() =>
        AssertRefusedAsync(
            r =>
            {
                byte[] csr = CreateCsr("localhost");
                csr[^1] ^= 1;
                r.CSR = ByteString.CopyFrom(csr);
            },
            StatusCode.Internal,
            "generating marble authentication secrets: signature over CSR is invalid");

    [Theory]
    [InlineData("*")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a.*.b")]
    [InlineData("web\0.evil")]
    [Trait("Security", "D1")]
    public Task Activate_CsrWithImpossibleName_IsRefused(string name) =>
        AssertRefusedAsync(
            r => r.CSR = ByteString.CopyFrom(CreateCsr(name)),
            StatusCode.Internal,
            "generating marble authentication secrets: parsing CSR: ",
            isStart: true);

    [Theory]
    [InlineData("web.named.example")]
    [InlineData("*.named.example")]
    [InlineData("EXACT.example")]
    [Trait("Security", "D2")]
    public async Task Activate_NameThatTheManifestAllows_StandsInTheCertificate(string name)
    {
        Parameters parameters = await MeshClient.ActivateAsync(Host, "named", r => r.CSR = ByteString.CopyFrom(CreateCsr(name)));

        using var leaf = X509Certificate2.CreateFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        Assert.Equal([name], leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("a.b.named.example")]
    [InlineData("named.example")]
    [InlineData("exact.example.evil")]
    [InlineData("*.example")]
    [Trait("Security", "D3")]
    public Task Activate_NameThatTheManifestDoesNotAllow_IsRefused(string name) =>
        AssertRefusedAsync(
            r =>
            {
                r.MarbleType = "named";
                r.CSR = ByteString.CopyFrom(CreateCsr(name));
            },
            StatusCode.PermissionDenied,
            $"generating marble authentication secrets: the manifest does not allow {name} for this Marble type");

    [Fact]
    [Case("marble-api", "Wire: of two faults the earlier check is reported")]
    public Task Activate_TwoFaultsAtOnce_ReportsTheOneThatIsCheckedFirst() =>
        AssertRefusedAsync(
            r =>
            {
                r.UUID = string.Empty;
                r.CSR = ByteString.Empty;
                r.MarbleType = "none";
            },
            StatusCode.PermissionDenied,
            "marble verification failed: unknown marble type requested");

    [Fact]
    [Trait("Security", "C1")]
    [Case("marble-api", "Wire: quotes that do not fit, junk in simulation included")]
    public async Task Activate_QuoteOfAnotherCertificate_IsRefused()
    {
        Quote other = await Issuer().IssueAsync(ReportData.ForCertificate("another certificate"u8), Cancellation);

        await AssertRefusedAsync(
            r => r.Quote = ByteString.CopyFrom(other.ToEvidence()),
            StatusCode.PermissionDenied,
            "marble verification failed: invalid quote: report.data: expected ",
            isStart: true);
    }

    [Fact]
    [Trait("Security", "B10")]
    public async Task Activate_QuoteUnderAnotherDevelopmentRoot_IsRefused()
    {
        using var elsewhere = new TemporaryDirectory();
        var platform = SimulationPlatform.Open(elsewhere.File("simulation"));

        await AssertRefusedAsync(
            (r, certificate) => r.Quote = Issue(platform.CreateIssuer(platform.MeasureRunningProcess()), certificate),
            "marble verification failed: invalid quote: chain.root: ");
    }

    [Fact]
    [Case("marble-api", "Wire: quotes that do not fit, junk in simulation included")]
    public Task Activate_OtherCode_IsRefusedWithBothMeasurements() =>
        AssertRefusedAsync(
            (r, certificate) => r.Quote = Issue(
                Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess() with { UniqueId = new string('0', 64) }), certificate),
            $"marble verification failed: invalid quote: package.unique_id: expected {Host.Platform.MeasureRunningProcess().UniqueId}, "
            + $"found {new string('0', 64)}");

    [Fact]
    [Trait("Security", "A16")]
    public Task Activate_DebugEnclave_IsRefused() =>
        AssertRefusedAsync(
            (r, certificate) => r.Quote = Issue(
                Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess(), debug: true), certificate),
            "marble verification failed: invalid quote: package.debug: ");

    [Fact]
    [Trait("Security", "A18")]
    [Case("marble-api", "Wire: quotes that do not fit, junk in simulation included")]
    public async Task Activate_QuoteCutAtEveryLength_IsRefused()
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        byte[] quote = (await Issuer().IssueAsync(ReportData.ForCertificate(certificate.RawData), Cancellation)).ToEvidence();
        using var client = new MeshClient(Host, certificate);
        for (int length = 1; length < quote.Length; length++)
        {
            var request = new ActivationReq
            {
                Quote = ByteString.CopyFrom(quote, 0, length),
                CSR = ByteString.CopyFrom(csr),
                MarbleType = "web",
                UUID = Guid.NewGuid().ToString(),
            };

            RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(request));

            Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
            Assert.StartsWith("marble verification failed: invalid quote: ", refusal.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Activate_QuoteWithoutEvidenceHeader_IsAdmitted()
    {
        Parameters parameters = await MeshClient.ActivateAsync(
            Host, "web", r => r.Quote = ByteString.CopyFrom(r.Quote.ToByteArray()[16..]));

        Assert.True(parameters.Env.ContainsKey("SHARED"));
    }

    [Fact]
    public async Task Activate_EmptyQuoteInSimulation_IsAdmittedAndLogged()
    {
        await MeshClient.ActivateAsync(Host, "web", r => r.Quote = ByteString.Empty);

        Assert.Contains(Host.Logs.Entries, e => e.Contains("EmptyQuoteAdmitted", StringComparison.Ordinal));
    }

    [Fact]
    [Case("marble-api", "Wire: no client certificate")]
    public async Task Activate_WithoutClientCertificate_FailsInTheHandshake()
    {
        using var client = new MeshClient(Host, certificate: null);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(new ActivationReq { MarbleType = "web" }));

        Assert.True(refusal.StatusCode is StatusCode.Unavailable or StatusCode.Internal, refusal.ToString());
        Assert.DoesNotContain(Host.Logs.Entries, e => e.Contains("ActivationRefused", StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Security", "C10")]
    [InlineData("-tls1_1", false)]
    [InlineData("-tls1_2", true)]
    [InlineData("-tls1_3", true)]
    [Case("client-api", "TLS 1.1 is refused")]
    [Case("marble-api", "Wire: TLS 1.1")]
    public async Task Handshake_TlsVersion_IsAcceptedFrom12On(string version, bool accepted)
    {
        (int ExitCode, string Output)? result = await ExternalTool.TryRunAsync(
            "openssl", ["s_client", "-connect", $"{Host.Client}", version, "-cipher", "ALL:@SECLEVEL=0"], Cancellation);
        Assert.SkipWhen(result is null, "The openssl command is not installed; .ci/tools installs it.");

        Assert.Equal(accepted, result!.Value.Output.Contains("CN = MarbleRun Coordinator", StringComparison.Ordinal));
    }

    private Task AssertRefusedAsync(Action<ActivationReq, byte[]> change, string message)
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        var request = new ActivationReq { CSR = ByteString.CopyFrom(csr), MarbleType = "web", UUID = Guid.NewGuid().ToString() };
        change(request, certificate.RawData);
        return AssertRefusedAsync(certificate, request, StatusCode.PermissionDenied, message, isStart: true);
    }

    private async Task AssertRefusedAsync(Action<ActivationReq> change, StatusCode statusCode, string message, bool isStart = false)
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        var request = new ActivationReq
        {
            Quote = Issue(Issuer(), certificate.RawData),
            CSR = ByteString.CopyFrom(csr),
            MarbleType = "web",
            UUID = Guid.NewGuid().ToString(),
        };
        change(request);
        await AssertRefusedAsync(certificate, request, statusCode, message, isStart);
    }

    private async Task AssertRefusedAsync(
        X509Certificate2 certificate, ActivationReq request, StatusCode statusCode, string message, bool isStart)
    {
        using var client = new MeshClient(Host, certificate);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(request));

        Assert.Equal(statusCode, refusal.StatusCode);
        if (isStart)
        {
            Assert.StartsWith(message, refusal.Status.Detail, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(message, refusal.Status.Detail);
        }
    }

    private IQuoteIssuer Issuer() => Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess());

    private static ByteString Issue(IQuoteIssuer issuer, byte[] certificate) =>
        ByteString.CopyFrom(
            issuer.IssueAsync(ReportData.ForCertificate(certificate), Cancellation).AsTask().GetAwaiter().GetResult().ToEvidence());

    private static byte[] CreateCsr(string dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString(
                System.Text.Encoding.Latin1.GetBytes(dnsName),
                new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 2));
        }

        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", writer.Encode(), critical: false));
        return request.CreateSigningRequest();
    }

    private string StateHash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Folder.File("seal/sealed_data"))));
}
