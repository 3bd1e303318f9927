namespace MarbleRun.Attestation;

/// <summary>
/// A kind of machine that code may run on: an entry of the manifest's <c>Infrastructures</c>. Members that are not set are not checked.
/// </summary>
public sealed record PlatformRequirement
{
    /// <summary>The name in the manifest, for the error message if the machine does not match.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The lowest SVNs of the 16 TCB components, 16 bytes, compared component by component with those that the PCK certificate states;
    /// empty if not set.
    /// </summary>
    public ReadOnlyMemory<byte> MinimumCpuSvn { get; init; }

    /// <summary>The lowest SVN of the quoting enclave.</summary>
    public ushort? MinimumQeSvn { get; init; }

    /// <summary>The lowest SVN of the provisioning certification enclave.</summary>
    public ushort? MinimumPceSvn { get; init; }

    /// <summary>The root of the platform's certificates: its DER, or SHA-256 of that (32 bytes); empty if not set.</summary>
    public ReadOnlyMemory<byte> RootCa { get; init; }
}
