namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// The measurement of a .NET app, in place of an enclave's measurement. The same app gives the same measurement in a running process
/// (<see cref="OfRunningProcess"/>) and from its files (<see cref="OfApplication"/>).
/// </summary>
/// <remarks>
/// <see cref="UniqueId"/> is SHA-256 over the app's own assemblies and those of its packages, the shared framework excluded, in ordinal
/// order of their simple names (as UTF-16): for each the name in UTF-8, one zero byte, and the SHA-256 of the file, 32 bytes. A native or
/// single-file app is one such entry: its executable, by its file name.
/// </remarks>
public sealed record AppMeasurement
{
    /// <summary>The measurement of the code, 32 bytes as lower-case hex.</summary>
    public required string UniqueId { get; init; }

    /// <summary>
    /// The measurement of the signer, 32 bytes as lower-case hex: SHA-256 of the signing key's SubjectPublicKeyInfo, DER.
    /// </summary>
    public required string SignerId { get; init; }

    /// <summary>The product number: assembly metadata <c>MarbleProductId</c> of the entry assembly, 1 if it has none.</summary>
    public required ushort ProductId { get; init; }

    /// <summary>The security version: assembly metadata <c>MarbleSecurityVersion</c> of the entry assembly, 1 if it has none.</summary>
    public required ushort SecurityVersion { get; init; }

    /// <summary>Measures the app that this process runs.</summary>
    /// <param name="signerId">The measurement of the signer, as <see cref="SimulationPlatform.SignerId"/>.</param>
    /// <exception cref="AttestationException">A file of the app can't be read, or its metadata is not a number.</exception>
    public static AppMeasurement OfRunningProcess(string signerId)
    {
        ArgumentException.ThrowIfNullOrEmpty(signerId);
        return AppFiles.OfRunningProcess().Measure(signerId);
    }

    /// <summary>Measures an app that does not run, without loading it.</summary>
    /// <param name="entryAssemblyPath">
    /// The app's entry assembly, <c>app.dll</c> with <c>app.deps.json</c> beside it, as built or published for the operating system and
    /// processor of this process; or the executable of a native or single-file app, of which product number and security version can't be
    /// read and count as 1.
    /// </param>
    /// <param name="signerId">The measurement of the signer, as <see cref="SimulationPlatform.SignerId"/>.</param>
    /// <exception cref="AttestationException">A file is missing or damaged.</exception>
    public static AppMeasurement OfApplication(string entryAssemblyPath, string signerId)
    {
        ArgumentException.ThrowIfNullOrEmpty(entryAssemblyPath);
        ArgumentException.ThrowIfNullOrEmpty(signerId);
        return AppFiles.OfApplication(entryAssemblyPath).Measure(signerId);
    }

    /// <summary>A package that only this build satisfies: only <see cref="PackageProperties.UniqueId"/> is set.</summary>
    public PackageProperties ToPackageProperties() => new() { UniqueId = UniqueId };

    /// <summary>A package that every build of this product by this signer satisfies, from this security version on.</summary>
    public PackageProperties ToSignerProperties() =>
        new() { SignerId = SignerId, ProductId = ProductId, SecurityVersion = SecurityVersion };
}
