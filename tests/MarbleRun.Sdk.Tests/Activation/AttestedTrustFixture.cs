using System.Security.Cryptography;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>
/// A Marble that trusts a Coordinator's code, with an owner's manifest, and a Coordinator that can be made to lie about everything.
/// </summary>
public abstract class AttestedTrustFixture : ActivationFixture
{
    private readonly Lazy<SimulationPlatform> _platform;

    protected AttestedTrustFixture()
    {
        _platform = new(() => SimulationPlatform.Open(Path.Combine(Folder, "platform"), Clock));
    }

    protected static byte[] Manifest { get; } = Encoding.UTF8.GetBytes("{\"Packages\":{}}");

    protected static byte[] ManifestHash => SHA256.HashData(Manifest);

    protected static string Fingerprint => Convert.ToHexStringLower(ManifestHash);

    protected ECDsa Owner { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    protected SimulationPlatform Platform => _platform.Value;

    /// <summary>The code of the genuine Coordinator.</summary>
    protected AppMeasurement Code => new()
    {
        UniqueId = new string('c', 64),
        SignerId = Platform.SignerId,
        ProductId = 3,
        SecurityVersion = 1,
    };

    protected RefusingTarget Target { get; } = new();

    protected CoordinatorTrust Trust =>
        CoordinatorTrust.Attested([Code.ToPackageProperties()], [OwnerKey.Of(Owner)], minimumSequence: 5).WithSimulation(
            Platform.TrustAnchor);

    protected AttestationBinding GenuineBinding(byte[] nonce) => new()
    {
        Purpose = AttestationBinding.CoordinatorToMarble,
        Role = AttestationBinding.CoordinatorRole,
        Nonce = nonce,
        KeyHash = SHA256.HashData(Authority.MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo()),
        RootHash = SHA256.HashData(Authority.Root.RawData),
        ManifestHash = ManifestHash,
    };

    protected FakeAttestation Genuine(byte[] nonce) => new()
    {
        Evidence = Attest(GenuineBinding(nonce)),
        Root = Authority.Root.RawData,
        Intermediate = Authority.Intermediate.RawData,
        ManifestFingerprint = ManifestHash,
        OwnerSignatures = Sign(Owner),
    };

    protected byte[] Attest(AttestationBinding binding) => Attest(binding.ToReportData());

    protected byte[] Attest(ReportData reportData, SimulationPlatform? platform = null, AppMeasurement? code = null, bool debug = false)
    {
        ValueTask<Quote> quote = (platform ?? Platform).CreateIssuer(code ?? Code, debug).IssueAsync(reportData, Token);
        return EvidenceWrapper.Wrap(quote.AsTask().GetAwaiter().GetResult());
    }

    protected static byte[] Sign(ECDsa key, string? fingerprint = null, ulong sequence = 5, DateTimeOffset? notAfter = null) =>
        ManifestSignatures.Write([ManifestSignature.Sign(fingerprint ?? Fingerprint, key, sequence, notAfter)]);

    protected Task<MarbleActivation> ObeyAsync(Action<MarbleOptions>? change = null)
    {
        MarbleOptions options = CreateOptions();
        options.CoordinatorTrust = Trust;
        change?.Invoke(options);
        return MarbleActivator.ActivateAsync(Activator(options, Target), Token);
    }

    /// <summary>It is refused for a reason, before the Marble asked for anything or took anything.</summary>
    protected async Task<MarbleActivationException> AssertRefusedAsync(string reason, Action<MarbleOptions>? change = null)
    {
        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => ObeyAsync(change));
        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Target.Taken);
        Assert.Empty(Coordinator.Calls);
        return exception;
    }
}
