namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Which of Intel's two sets of TCB levels is requested after a TCB recovery (Intel SGX PCS API, parameter <c>update</c> of "Get TCB Info"
/// and "Get Quoting Enclave Identity").
/// </summary>
public enum CollateralUpdate
{
    /// <summary>The set that applies now; the default.</summary>
    Standard = 0,

    /// <summary>The set that is published first, and that becomes the standard one some months later.</summary>
    Early,
}
