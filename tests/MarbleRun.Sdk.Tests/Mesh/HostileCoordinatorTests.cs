using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Net.Client;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// A whole Coordinator, whose code is the right one, in the hands of somebody else; and those that stand between it and a Marble. A Marble
/// that knows its Coordinator takes nothing from any of them: no file, no variable, no identity.
/// </summary>
public sealed class HostileCoordinatorTests : CoordinatorTest
{
    private const string Variable = "HOSTILE_COORDINATOR_TRACE";

    private readonly RecordingLogs _logs = new();
    private readonly ECDsa _owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private byte[] _manifest = [];
    private string _root = string.Empty;
    private int _starts;

    private string Trace => Folder.File("trace");

    private CoordinatorTrust Trust => CoordinatorTrust
        .Attested([Host.Platform.MeasureRunningProcess().ToPackageProperties()], [OwnerKey.Of(_owner)], minimumSequence: 2)
        .WithSimulation(Host.Platform.TrustAnchor);

    public override async ValueTask InitializeAsync() => await StartSignedAsync([]);

    private async Task StartSignedAsync(IReadOnlyList<ManifestSignature> signatures)
    {
        await StartAsync();
        _manifest = Encoding.UTF8.GetBytes($$$"""
            {
              "Packages": { "app": { "UniqueID": "{{{Host.Platform.MeasureRunningProcess().UniqueId}}}" } },
              "Marbles": { "frontend": { "Package": "app", "Parameters": { "Files": { "{{{Trace}}}": "written" }, "Env": { "{{{Variable}}}": "set" } } } }
            }
            """);
        var expected = new CoordinatorExpectation
        {
            Verifier = Host.Platform.CreateVerifier(),
            ExpectedPackage = Host.Platform.MeasureRunningProcess().ToPackageProperties(),
        };
        VerifiedCoordinator verified = await CoordinatorClient.VerifyCoordinatorAsync($"{Host.Client}", expected, Cancellation);
        _root = CoordinatorTrust.FingerprintOf(verified.Root);
        using var client = new CoordinatorClient(verified);
        await client.SetManifestAsync(_manifest, [.. signatures], cancellationToken: Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        _owner.Dispose();
        _logs.Dispose();
        Environment.SetEnvironmentVariable(Variable, null);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Activate_GenuineCoordinatorWithTheOwnersManifest_IsObeyed()
    {
        MarbleActivation activation = await ActivateAsync($"{Host.Mesh}", Sign(_owner));

        Assert.Equal("frontend", activation.Identity.MarbleType);
        Assert.Equal("written", await File.ReadAllTextAsync(Trace, Cancellation));
        Assert.Equal("set", Environment.GetEnvironmentVariable(Variable));
    }

    [Fact]
    public async Task Activate_OwnersWordThatTheCoordinatorKeeps_IsServedWithItsEvidence()
    {
        ManifestSignature signature = ManifestSignature.Sign(Manifest.ComputeFingerprint(_manifest), _owner, sequence: 2);
        await Host.DisposeAsync();
        Directory.Delete(Folder.File("seal"), recursive: true);
        await StartSignedAsync([signature]);

        MarbleActivation activation = await ActivateAsync($"{Host.Mesh}", signatures: []);

        Assert.Equal("frontend", activation.Identity.MarbleType);
    }

    [Theory]
    [InlineData("unsigned", "no owner's signature")]
    [InlineData("signed by another key", "not among the owners' keys")]
    [InlineData("an old one of the owner", "the lowest accepted one is")]
    [InlineData("another one than the owner signed", "is for the manifest")]
    [InlineData("the owner's word has ended", "expired at")]
    public async Task Activate_GenuineCoordinatorWithAnotherManifest_GetsNothing(string manifest, string reason)
    {
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] signatures = manifest switch
        {
            "unsigned" => [],
            "signed by another key" => Sign(outsider),
            "an old one of the owner" => Sign(_owner, sequence: 1),
            "another one than the owner signed" => Sign(_owner, "{}"u8.ToArray()),
            _ => Sign(_owner, notAfter: DateTimeOffset.UtcNow.AddMinutes(-1)),
        };

        await AssertGetsNothingAsync(reason, $"{Host.Mesh}", signatures);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Security", "C4")]
    public async Task Activate_RelayOfTheGenuineCoordinator_GetsNothing(bool replays)
    {
        // The relay hands every question on, and answers the activation itself.
        using var relayKeys = new TestAuthority();
        await using FakeCoordinator relay = await FakeCoordinator.StartAsync(relayKeys);
        FakeAttestation? recorded = null;
        relay.Attestation = nonce => replays ? recorded ??= Ask(nonce) : Ask(nonce);
        relay.Handler = call => Evil(relayKeys, call);
        if (replays)
        {
            recorded = Ask(new byte[AttestationBinding.NonceSize]);
        }

        await AssertGetsNothingAsync("the key of this connection's server is not the key of its certificates", relay.Address, Sign(_owner));
        Assert.Empty(relay.Calls);
    }

    [Theory]
    [InlineData("attested", "it pretends to be one")]
    [InlineData("attested or 1.9", "Marble:CoordinatorClientAddress")]
    [InlineData("pinned", "the SHA-256 of its root certificate is")]
    [Trait("Security", "C3")]
    public async Task Activate_UnknownCoordinatorThatAnswersAsMarbleRun19_GetsNothing(string trust, string reason)
    {
        using var own = new TestAuthority();
        await using FakeCoordinator fake = await FakeCoordinator.StartAsync(own);
        fake.Handler = call => Evil(own, call);

        await AssertGetsNothingAsync(reason, fake.Address, Sign(_owner), trust switch
        {
            "attested" => Trust,
            "attested or 1.9" => Trust.WithMarbleRun19(),
            _ => CoordinatorTrust.PinRoots(_root),
        });

        Assert.Equal(trust == "pinned" ? 1 : 0, fake.Calls.Count);
    }

    [Fact]
    [Trait("Security", "C3")]
    public async Task Activate_TheMarblesQuotePassedOnToTheTrueCoordinator_IsOfNoUseToTheFakeOne()
    {
        // It is for the key of the connection between the two, which the fake one does not have.
        using var own = new TestAuthority();
        await using FakeCoordinator fake = await FakeCoordinator.StartAsync(own);
        fake.Handler = call => Evil(own, call);
        await Assert.ThrowsAsync<MarbleActivationException>(
            () => ActivateAsync(fake.Address, [], CoordinatorTrust.PinRoots(_root)));
        FakeActivation seen = Assert.Single(fake.Calls);
        var thief = new FixedIssuer(Quote.FromEvidence(seen.Evidence));

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => ActivateAsync($"{Host.Mesh}", Sign(_owner), issuer: thief));

        Assert.Equal(MarbleActivationFailure.Denied, exception.Failure);
        Assert.Contains("report.data", exception.Message, StringComparison.Ordinal);
    }

    private static FakeReply Evil(TestAuthority authority, FakeActivation call)
    {
        FakeReply reply = FakeCoordinator.Reply(authority, authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
        reply.Environment[Variable] = Encoding.UTF8.GetBytes("evil");
        return reply;
    }

    /// <summary>What the relay does: the genuine Coordinator attests to any caller.</summary>
    private FakeAttestation Ask(byte[] nonce)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [CoordinatorHost.CreateMarbleCredentials().Certificate],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        };
        using var channel = GrpcChannel.ForAddress($"https://{Host.Mesh}", new GrpcChannelOptions { HttpHandler = handler });
        AttestResponse said = new Protos.Mesh.MeshClient(channel).Attest(
            new AttestRequest { Nonce = ByteString.CopyFrom(nonce) }, cancellationToken: Cancellation);
        return new FakeAttestation
        {
            Evidence = said.Evidence.ToByteArray(),
            Root = said.RootCertificate.ToByteArray(),
            Intermediate = said.IntermediateCertificate.ToByteArray(),
            ManifestFingerprint = said.ManifestFingerprint.ToByteArray(),
            OwnerSignatures = said.OwnerSignatures.ToByteArray(),
        };
    }

    private byte[] Sign(ECDsa key, byte[]? manifest = null, ulong sequence = 2, DateTimeOffset? notAfter = null) =>
        ManifestSignatures.Write([ManifestSignature.Sign(Manifest.ComputeFingerprint(manifest ?? _manifest), key, sequence, notAfter)]);

    private async Task AssertGetsNothingAsync(string reason, string address, byte[] signatures, CoordinatorTrust? trust = null)
    {
        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => ActivateAsync(address, signatures, trust));

        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Trace));
        Assert.Null(Environment.GetEnvironmentVariable(Variable));
        Assert.DoesNotContain(Host.Logs.Entries, e => e.Contains("Successfully activated", StringComparison.Ordinal));
    }

    private Task<MarbleActivation> ActivateAsync(
        string address, byte[] signatures, CoordinatorTrust? trust = null, IQuoteIssuer? issuer = null)
    {
        string file = Folder.File("signatures.json");
        File.WriteAllBytes(file, signatures);
        var options = new MarbleOptions
        {
            CoordinatorAddress = address,
            MarbleType = "frontend",
            UuidFile = Folder.File($"uuid-{++_starts}"),
            FileRoots = { Path.GetDirectoryName(Trace)! },
            CoordinatorTrust = trust ?? Trust,
            OwnerSignatureFile = signatures.Length > 0 ? file : null,
        };
        return MarbleActivator.ActivateAsync(
            new MarbleActivatorOptions(options)
            {
                QuoteIssuer = issuer ?? Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess()),
                Logger = _logs.CreateLogger("activation"),
            },
            Cancellation);
    }

    private sealed class FixedIssuer(Quote quote) : IQuoteIssuer
    {
        public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(quote);
    }
}
