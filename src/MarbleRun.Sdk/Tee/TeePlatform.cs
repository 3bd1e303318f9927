using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Tee;

/// <summary>
/// The trusted execution environment that this process runs in: evidence of its code, keys that only its code can derive, and measurement
/// registers. Simulation is something else: <see cref="Attestation.Simulation.SimulationPlatform"/>.
/// </summary>
/// <remarks>
/// It uses the native library <c>marblerun_native</c>, which must stand beside the app. All members may be called from several threads.
/// </remarks>
public sealed class TeePlatform : IDisposable
{
    private readonly NativeTee _native;

    private TeePlatform(NativeTee native)
    {
        _native = native;
    }

    /// <summary>How this process reaches the trusted execution environment.</summary>
    public TeeBackend Backend => _native.Backend;

    /// <summary>Whose evidence it is: <c>tdx_guest</c>, <c>sev_guest</c>, <c>gramine</c>, <c>occlum</c> or <c>mystikos</c>.</summary>
    public string Provider => _native.Provider;

    /// <summary>What this environment, as it is configured, offers.</summary>
    public TeeCapabilities Capabilities => _native.Capabilities;

    /// <summary>Opens the trusted execution environment of this process.</summary>
    /// <param name="backend">How to reach it; by default the one that is found.</param>
    /// <exception cref="TeeException">
    /// No environment was found (<see cref="TeeStatus.NotFound"/>), the process has no permission, or the native library is missing.
    /// </exception>
    public static TeePlatform Open(TeeBackend backend = TeeBackend.Automatic) => new(NativeTee.Open(backend));

    /// <summary>Gets evidence over report data. The call takes up to 35 seconds where the platform is busy.</summary>
    /// <param name="reportData">What the evidence binds the running code to.</param>
    /// <returns>
    /// A quote of SGX or TDX; or a report of SEV-SNP, followed by the host's certificate table. The report data in it are those that were
    /// asked for; signatures are not verified.
    /// </returns>
    /// <exception cref="TeeException">The platform returned no evidence, or a wrong one.</exception>
    public Quote GetEvidence(ReportData reportData)
    {
        Span<byte> bytes = stackalloc byte[ReportData.Size];
        reportData.CopyTo(bytes);
        byte[] evidence = _native.GetEvidence(bytes);
        return _native.HasOpenEnclaveHeader ? Quote.FromEvidence(evidence) : Quote.FromRaw(evidence);
    }

    /// <summary>An issuer of quotes that asks this environment.</summary>
    /// <returns>The issuer, valid as long as this object.</returns>
    public IQuoteIssuer CreateIssuer() => new TeeQuoteIssuer(this);

    /// <summary>
    /// Derives a key of 32 bytes that only this code on this machine can derive. The platform's own key is used as the input of HKDF-SHA256
    /// (RFC 5869) with <paramref name="purpose"/> as its info, so that two purposes never share a key.
    /// </summary>
    /// <param name="policy">Which code the key belongs to.</param>
    /// <param name="purpose">What the key is for; a constant of the program.</param>
    /// <param name="keyId">
    /// The identifier that <paramref name="newKeyId"/> returned when the key was made, or empty for a new key. Always empty without
    /// <see cref="TeeCapabilities.KeyId"/>.
    /// </param>
    /// <param name="destination">Receives the key: exactly 32 bytes.</param>
    /// <param name="newKeyId">Store it beside the sealed data; it is not a secret. Empty unless a new key was created.</param>
    /// <exception cref="TeeException">
    /// The platform has no such key (<see cref="TeeStatus.Unsupported"/>; TDX never has one), or did not derive it.
    /// </exception>
    /// <exception cref="ArgumentException">The policy or a length is invalid.</exception>
    public void DeriveSealingKey(
        TeeSealingPolicy policy, ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> keyId, Span<byte> destination, out byte[] newKeyId)
    {
        if (policy is not (TeeSealingPolicy.Unique or TeeSealingPolicy.Product))
        {
            throw new ArgumentOutOfRangeException(nameof(policy), policy, "The policy of a sealing key is Unique or Product.");
        }

        if (destination.Length != SHA256.HashSizeInBytes)
        {
            throw new ArgumentException($"A sealing key has {SHA256.HashSizeInBytes} bytes.", nameof(destination));
        }

        byte[] info = purpose.ToArray();

        // Pinned, so that the collector leaves no copy behind.
        byte[] key = GC.AllocateUninitializedArray<byte>(SHA256.HashSizeInBytes, pinned: true);
        try
        {
            newKeyId = _native.UseSealingKey(
                policy,
                keyId,
                (platformKey, id) =>
                {
                    HKDF.DeriveKey(HashAlgorithmName.SHA256, platformKey, key, salt: [], info);
                    return id.ToArray();
                });
            key.CopyTo(destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Extends a runtime measurement register: SHA-384 of its value followed by the digest. It cannot be undone.</summary>
    /// <param name="index">2 or 3; 3 is the application's.</param>
    /// <param name="digest">48 bytes, SHA-384 of what is measured.</param>
    /// <exception cref="TeeException">
    /// The platform has no such register (<see cref="TeeStatus.Unsupported"/>), or did not extend it.
    /// </exception>
    public void ExtendRegister(int index, ReadOnlySpan<byte> digest) => _native.Extend(index, digest);

    /// <summary>Closes the interface.</summary>
    public void Dispose() => _native.Dispose();
}
