namespace MarbleRun.Attestation.Simulation;

/// <summary>The measurements of a simulated TD; each value is 48 bytes in hex.</summary>
public sealed record TdMeasurement
{
    private const int Size = 48;

    /// <summary>MRTD.</summary>
    public required string MrTd { get; init; }

    /// <summary>RTMR0; zeros if not set.</summary>
    public string Rtmr0 { get; init; } = new('0', 2 * Size);

    /// <summary>RTMR1; zeros if not set.</summary>
    public string Rtmr1 { get; init; } = new('0', 2 * Size);

    /// <summary>RTMR2; zeros if not set.</summary>
    public string Rtmr2 { get; init; } = new('0', 2 * Size);

    /// <summary>RTMR3; zeros if not set.</summary>
    public string Rtmr3 { get; init; } = new('0', 2 * Size);

    /// <summary>A package that only this TD satisfies.</summary>
    public PackageProperties ToPackageProperties() =>
        new() { Tdx = new TdxProperties { MrTd = MrTd, Rtmr0 = Rtmr0, Rtmr1 = Rtmr1, Rtmr2 = Rtmr2, Rtmr3 = Rtmr3 } };
}
