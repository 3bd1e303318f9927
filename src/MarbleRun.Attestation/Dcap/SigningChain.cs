using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The certificates behind TCB info and QE identity: TCB signing certificate, root (Intel SGX PCS API, "TCB-Info-Issuer-Chain").
/// </summary>
internal sealed class SigningChain
{
    private const int Length = 2;
    private const string SignerName = "SGX TCB Signing";

    private SigningChain(Certificate signer, Certificate root)
    {
        Signer = signer;
        Root = root;
    }

    public Certificate Signer { get; }

    public Certificate Root { get; }

    /// <summary>Reads a chain, PEM.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> pem, [NotNullWhen(true)] out SigningChain? chain, [NotNullWhen(false)] out CheckFailure? failure)
    {
        chain = null;
        if (!CertificatePath.TryReadPem(pem, IntelCertificates.Profile, out List<Certificate>? certificates, out failure))
        {
            return false;
        }

        if (certificates.Count != Length)
        {
            failure = CheckFailure.Untrusted("two certificates: TCB signing certificate, root", $"{certificates.Count}");
            return false;
        }

        chain = new SigningChain(certificates[0], certificates[1]);
        return true;
    }

    /// <summary>Null if the chain leads to the anchor and its first certificate is for signing such documents.</summary>
    public CheckFailure? Check(DcapTrustAnchor anchor) =>
        CertificatePath.CheckRoot(
            Root, anchor.Root, $"The document was signed under another root than the quote. Fetch the collateral of {anchor.Name}.")
        ?? CertificatePath.CheckAuthority(Root, authoritiesBelow: 0)
        ?? CertificatePath.CheckIssued(Signer, Root)
        ?? CheckSigner();

    // The root also issues other certificates, which must not sign TCB levels.
    private CheckFailure? CheckSigner() =>
        Signer.Extensions switch
        {
            { IsAuthority: true } or { MaySignCertificates: true } =>
                CheckFailure.Untrusted("a TCB signing certificate, which is not a CA", $"{Signer.SubjectText}, a CA"),
            { MaySignData: false } =>
                CheckFailure.Untrusted($"{Signer.SubjectText} to have key usage digitalSignature", "a certificate without it"),
            _ when Signer.Extensions.Others.ContainsKey(PckExtension.Oid) =>
                CheckFailure.Untrusted("a TCB signing certificate", $"{Signer.SubjectText}, a PCK certificate"),
            _ when !Signer.SubjectText.EndsWith(SignerName, StringComparison.Ordinal) =>
                CheckFailure.Untrusted($"a certificate named {SignerName}", Signer.SubjectText),
            _ => null,
        };
}
