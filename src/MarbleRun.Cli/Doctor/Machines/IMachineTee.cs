using MarbleRun.Attestation;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The trusted execution environment of the process.</summary>
internal interface IMachineTee
{
    TeeFacts Look();

    /// <summary>Gets evidence over random report data.</summary>
    /// <exception cref="Tee.TeeException">The platform returned none.</exception>
    Quote GetEvidence();
}
