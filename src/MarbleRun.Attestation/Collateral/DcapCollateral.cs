

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// The data about platforms that a verifier needs in addition to quotes. A null member is missing; all other members are checked. The bytes
/// must not change while a verifier uses them.
/// </summary>
public sealed record DcapCollateral
{
    /// <summary>
    /// The TCB levels of the platform's family: Intel SGX PCS API, "Get TCB Info"; version 2 or 3 for SGX, version 3 for TDX.
    /// </summary>
    public DcapSignedDocument? TcbInfo { get; init; }

    /// <summary>
    /// The identity and the TCB levels of the quoting enclave: Intel SGX PCS API, "Get Quoting Enclave Identity" (SGX: QE, TDX: TD_QE);
    /// version 2.
    /// </summary>
    public DcapSignedDocument? QeIdentity { get; init; }

    /// <summary>The revocation list of the root CA, DER: shows which PCK CAs and TCB signing certificates are revoked.</summary>
    public ReadOnlyMemory<byte>? RootRevocationList { get; init; }

    /// <summary>The revocation list of the PCK CA that issued the platform's certificate, DER: shows which platforms are revoked.</summary>
    public ReadOnlyMemory<byte>? PckRevocationList { get; init; }

    /// <summary>
    /// The issuers of <see cref="PckRevocationList"/>, PEM in ASCII, the PCK CA first: for other programs. The verifier uses the PCK CA of
    /// the quote.
    /// </summary>
    public ReadOnlyMemory<byte>? PckRevocationListIssuerChain { get; init; }

    /// <summary>
    /// The PCK certificate chain, PEM in ASCII, the PCK certificate first and the root last: only for quotes that name their platform
    /// (certification data type 1, 2 or 3) instead of carrying the chain.
    /// </summary>
    public ReadOnlyMemory<byte>? PckCertificateChain { get; init; }

    /// <summary>Reads collateral from one JSON object whose values are strings.</summary>
    /// <param name="json">
    /// UTF-8 with the keys <c>tcb_info</c>, <c>tcb_info_signature</c>, <c>tcb_info_issuer_chain</c>, <c>qe_identity</c>,
    /// <c>qe_identity_signature</c>, <c>qe_identity_issuer_chain</c>, <c>pck_crl</c>, <c>pck_crl_issuer_chain</c>, <c>root_ca_crl</c> and
    /// <c>pck_certificate_chain</c>, each optional: documents as the text that was signed, signatures and lists in hex, chains in PEM.
    /// Other keys are ignored.
    /// </param>
    /// <exception cref="FormatException">It is not such an object, or a value is invalid; the message names the key.</exception>
    public static DcapCollateral FromJson(ReadOnlyMemory<byte> json) => DcapCollateralJson.Read(json);

    /// <summary>Writes what <see cref="FromJson"/> reads.</summary>
    /// <returns>UTF-8.</returns>
    public byte[] ToJson() => DcapCollateralJson.Write(this);
}
