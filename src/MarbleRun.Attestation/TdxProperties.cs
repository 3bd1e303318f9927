namespace MarbleRun.Attestation;

/// <summary>
/// Names the TD that may run: the entry <c>Tdx</c> of a package. All are bytes as hex, compared without regard to case; what is not set is
/// not checked.
/// </summary>
public sealed record TdxProperties
{
    /// <summary>MRTD, 48 bytes: the measurement of the TD's first content, usually its firmware.</summary>
    public string? MrTd { get; init; }

    /// <summary>RTMR0, 48 bytes.</summary>
    public string? Rtmr0 { get; init; }

    /// <summary>RTMR1, 48 bytes.</summary>
    public string? Rtmr1 { get; init; }

    /// <summary>RTMR2, 48 bytes.</summary>
    public string? Rtmr2 { get; init; }

    /// <summary>RTMR3, 48 bytes.</summary>
    public string? Rtmr3 { get; init; }

    /// <summary>MRSEAM, 48 bytes: the measurement of the TDX module.</summary>
    public string? MrSeam { get; init; }

    /// <summary>
    /// TDATTRIBUTES, 8 bytes, must be equal. If neither these nor <see cref="MrServiceTd"/> are set, TDs that can be migrated are refused.
    /// </summary>
    public string? TdAttributes { get; init; }

    /// <summary>
    /// MRSERVICETD, 48 bytes: the service TDs that are bound to the TD, for instance to migrate it; zeros require that no service TD is
    /// bound. A TD report 1.0, which does not contain it, is then refused.
    /// </summary>
    public string? MrServiceTd { get; init; }

    /// <summary>The lowest TEE_TCB_SVN, 16 bytes, compared component by component.</summary>
    public string? MinimumTeeTcbSvn { get; init; }

    /// <summary>Whether the properties identify the owner of the TD.</summary>
    public bool PinsCode => !string.IsNullOrEmpty(MrTd);

    /// <summary>Whether they also identify what the firmware started: all tenants of a cloud use the same firmware.</summary>
    public bool PinsSystem => PinsCode && !string.IsNullOrEmpty(Rtmr1) && !string.IsNullOrEmpty(Rtmr2);

    /// <summary>Compares all members, without regard to case.</summary>
    /// <param name="other">The other properties.</param>
    public bool Equals(TdxProperties? other) =>
        other is not null && Members().SequenceEqual(other.Members(), StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (string? member in Members())
        {
            hash.Add(member ?? string.Empty, StringComparer.OrdinalIgnoreCase);
        }

        return hash.ToHashCode();
    }

    private string?[] Members() => [MrTd, Rtmr0, Rtmr1, Rtmr2, Rtmr3, MrSeam, TdAttributes, MrServiceTd, MinimumTeeTcbSvn];
}
