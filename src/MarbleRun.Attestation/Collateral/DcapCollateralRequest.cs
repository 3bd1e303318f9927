using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Collateral;

/// <summary>Names the collateral of an Intel platform.</summary>
/// <param name="Tee">Whose TCB info and QE identity.</param>
/// <param name="Fmspc">The platform's family, 6 bytes, upper-case hex.</param>
/// <param name="PckAuthority">The PCK CA whose revocation list is needed: <c>platform</c> or <c>processor</c>.</param>
public sealed record DcapCollateralRequest(TeeType Tee, string Fmspc, string PckAuthority);
