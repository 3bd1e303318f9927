namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The surroundings that the checks look at. Nothing in them can be changed through it.</summary>
internal interface IMachine
{
    /// <summary>The environment variables.</summary>
    IReadOnlyDictionary<string, string> Variables { get; }

    TimeProvider Clock { get; }

    MachineRuntime Runtime { get; }

    IMachineFiles Files { get; }

    IMachineNetwork Network { get; }

    IMachineTee Tee { get; }

    /// <summary>Measures signatures with one of the curves of NIST for a short time.</summary>
    /// <param name="curve">P-256, P-384 or P-521.</param>
    SignatureSpeed MeasureSignatures(string curve);
}
