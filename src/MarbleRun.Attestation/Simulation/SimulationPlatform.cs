using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// A platform in software: issues SGX quotes of version 3 with real cryptography, byte for byte in the form of Intel's, under a development
/// root that is made on first use. It protects nothing; it makes policies, quotes and verdicts work on a machine without a trusted
/// execution environment.
/// </summary>
/// <remarks>
/// All processes of one user share one root, so that they accept each other's quotes. It is in the folder <c>marblerun/simulation</c> of
/// the user's local application data, or in the folder that the environment variable <c>MARBLERUN_SIMULATION_DIR</c> names. This type is
/// thread-safe.
/// </remarks>
public sealed class SimulationPlatform
{
    private readonly SimulationMaterial _material;
    private readonly TimeProvider _timeProvider;

    private SimulationPlatform(string directory, SimulationMaterial material, TimeProvider timeProvider)
    {
        Directory = directory;
        _material = material;
        _timeProvider = timeProvider;
        TrustAnchor = DcapTrustAnchor.ForSimulation(material.Chain.Root.Der.Span);
    }

    /// <summary>The folder of the platform.</summary>
    public string Directory { get; }

    /// <summary>
    /// The development root as an anchor; <see cref="DcapTrustAnchor.ToPem"/> and <see cref="DcapTrustAnchor.ForSimulation"/> transfer it
    /// to another machine.
    /// </summary>
    public DcapTrustAnchor TrustAnchor { get; }

    /// <summary>
    /// The signer of all apps that this platform measures: SHA-256 of the development signing key's SubjectPublicKeyInfo, 32 bytes as
    /// lower-case hex.
    /// </summary>
    public string SignerId => _material.SignerId;

    /// <summary>Opens the platform, and creates it if it does not exist. Concurrent processes get the same platform.</summary>
    /// <param name="directory">The folder to use; null for the user's own.</param>
    /// <param name="timeProvider">
    /// Provides the time for new certificates and for <see cref="CreateVerifier"/>; null for the system's.
    /// </param>
    /// <exception cref="AttestationException">
    /// The files are damaged, can be read by others, or can't be written; the message contains the remedy.
    /// </exception>
    public static SimulationPlatform Open(string? directory = null, TimeProvider? timeProvider = null)
    {
        timeProvider ??= TimeProvider.System;
        string folder = SimulationStore.Locate(directory);
        return new SimulationPlatform(folder, SimulationStore.Open(folder, timeProvider), timeProvider);
    }

    /// <summary>Whether the platform exists, so that <see cref="Open"/> creates nothing.</summary>
    /// <param name="directory">The folder to use; null for the user's own.</param>
    /// <exception cref="AttestationException">The user has no folder for it.</exception>
    public static bool Exists(string? directory = null) => SimulationStore.Exists(SimulationStore.Locate(directory));

    /// <summary>Measures the app that this process runs, with <see cref="SignerId"/> as its signer.</summary>
    /// <exception cref="AttestationException">A file of the app can't be read, or its metadata is not a number.</exception>
    public AppMeasurement MeasureRunningProcess() => AppMeasurement.OfRunningProcess(SignerId);

    /// <summary>Measures an app that does not run, with <see cref="SignerId"/> as its signer.</summary>
    /// <param name="entryAssemblyPath">See <see cref="AppMeasurement.OfApplication"/>.</param>
    /// <exception cref="AttestationException">A file is missing or damaged.</exception>
    public AppMeasurement MeasureApplication(string entryAssemblyPath) => AppMeasurement.OfApplication(entryAssemblyPath, SignerId);

    /// <summary>Creates an issuer with its own attestation key; its quotes attest <paramref name="measurement"/>.</summary>
    /// <param name="measurement">Any measurement: it is not compared with the running process.</param>
    /// <param name="debug">Whether the quotes attest a debug enclave.</param>
    /// <exception cref="ArgumentException">The ids of <paramref name="measurement"/> are not 32 bytes in hex.</exception>
    public IQuoteIssuer CreateIssuer(AppMeasurement measurement, bool debug = false)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return new SimulatedQuoteIssuer(_material, SimulatedReport.ForEnclave(measurement, debug));
    }

    /// <summary>
    /// Creates an issuer of TDX quotes of version 4 with its own attestation key; its quotes attest <paramref name="measurement"/>.
    /// </summary>
    /// <param name="measurement">Any measurement: it is not compared with the running machine.</param>
    /// <param name="debug">Whether the quotes attest a debug TD.</param>
    /// <exception cref="ArgumentException">The values of <paramref name="measurement"/> are not 48 bytes in hex.</exception>
    public IQuoteIssuer CreateTdxIssuer(TdMeasurement measurement, bool debug = false)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return new SimulatedQuoteIssuer(_material, SimulatedReport.ForTd(measurement, debug));
    }

    /// <summary>
    /// Creates the collateral of this platform: TCB info, QE identity and revocation lists, genuine under its root, valid for 30 days.
    /// </summary>
    /// <param name="tee">The kind of platform of the TCB info and the QE identity.</param>
    /// <param name="scenario">The content of the collateral; null for an up-to-date platform.</param>
    public DcapCollateral CreateCollateral(TeeType tee = TeeType.Sgx, SimulationScenario? scenario = null) =>
        SimulatedCollateral.Create(_material, tee, scenario ?? new SimulationScenario(), _timeProvider.GetUtcNow());

    /// <summary>Creates a verifier that trusts this platform's root and no other.</summary>
    public IQuoteVerifier CreateVerifier() => new DcapQuoteVerifier(TrustAnchor, timeProvider: _timeProvider);
}
