using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Collateral;

/// <summary>Identifies the collateral of an Intel platform.</summary>
/// <param name="Tee">The kind of platform of the TCB info and the QE identity.</param>
/// <param name="Fmspc">The platform's family, 6 bytes, upper-case hex.</param>
/// <param name="PckAuthority">The PCK CA whose revocation list is needed: <c>platform</c> or <c>processor</c>.</param>
public sealed record DcapCollateralRequest(TeeType Tee, string Fmspc, string PckAuthority);
