using System.Globalization;

namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The security version numbers of a platform's firmware, split into its parts (AMD #56860, TCB_VERSION). Versions are compared part by
/// part, because the 64-bit number as a whole has no order.
/// </summary>
public sealed record SnpTcb
{
    /// <summary>The FMC firmware; null before Turin.</summary>
    public byte? Fmc { get; init; }

    /// <summary>The boot loader of the AMD secure processor.</summary>
    public byte BootLoader { get; init; }

    /// <summary>The operating system of the AMD secure processor.</summary>
    public byte Tee { get; init; }

    /// <summary>The SNP firmware.</summary>
    public byte Snp { get; init; }

    /// <summary>The lowest microcode patch level of all cores.</summary>
    public byte Microcode { get; init; }

    /// <summary>Whether each part is at least the required one. If the minimum has <see cref="Fmc"/>, it must be present.</summary>
    /// <param name="minimum">The lowest versions that are accepted.</param>
    public bool IsAtLeast(SnpTcb minimum)
    {
        ArgumentNullException.ThrowIfNull(minimum);
        return (minimum.Fmc is null || Fmc >= minimum.Fmc)
            && BootLoader >= minimum.BootLoader
            && Tee >= minimum.Tee
            && Snp >= minimum.Snp
            && Microcode >= minimum.Microcode;
    }

    /// <summary>The parts with their names, for messages.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Fmc is null ? string.Empty : $"FMC {Fmc}, ")}boot loader {BootLoader}, TEE {Tee}, SNP {Snp}, microcode {Microcode}");

    /// <summary>Reads a 64-bit TCB_VERSION, whose layout depends on the product line.</summary>
    internal static SnpTcb Read(ulong value, SnpProductLine line) => line == SnpProductLine.Turin
        ? new SnpTcb
        {
            Fmc = (byte)value,
            BootLoader = (byte)(value >> 8),
            Tee = (byte)(value >> 16),
            Snp = (byte)(value >> 24),
            Microcode = (byte)(value >> 56),
        }
        : new SnpTcb { BootLoader = (byte)value, Tee = (byte)(value >> 8), Snp = (byte)(value >> 48), Microcode = (byte)(value >> 56) };
}
