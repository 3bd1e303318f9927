namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>What one thread does with ECDSA and SHA-256.</summary>
/// <param name="Signatures">Signatures a second.</param>
/// <param name="Verifications">Verifications a second.</param>
internal sealed record SignatureSpeed(double Signatures, double Verifications);
