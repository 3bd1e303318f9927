namespace MarbleRun.Attestation.Inspection;

/// <summary>A component of a platform whose security version number is below that of the vendor's up-to-date level.</summary>
/// <param name="Component">Its name, like <c>TDX module</c> or <c>BIOS, Early Microcode Update</c>.</param>
/// <param name="Found">The number that the evidence shows.</param>
/// <param name="Required">The number of the up-to-date level.</param>
public sealed record TcbGap(string Component, int Found, int Required);
