using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// TCB info or QE identity, with the results of the checks that depend neither on the time nor on the quote: chain, signature, structure,
/// in this order. An unsigned document is not read.
/// </summary>
internal sealed class PreparedDocument<T>
    where T : class
{
    public delegate bool Reader(ReadOnlyMemory<byte> json, out T? document, out string? fault);

    public PreparedDocument(DcapSignedDocument source, DcapTrustAnchor anchor, string name, Reader read)
    {
        if (IsAbsent(source.IssuerChain))
        {
            ChainFailure = Missing($"the certificates of those who signed the {name}");
            return;
        }

        if (!SigningChain.TryRead(source.IssuerChain.Span, out SigningChain? chain, out CheckFailure? failure))
        {
            ChainFailure = failure;
            return;
        }

        Chain = chain;
        ChainFailure = chain.Check(anchor);
        if (ChainFailure is not null)
        {
            return;
        }

        if (IsAbsent(source.Signature))
        {
            SignatureFailure = Missing($"the signature of the {name}");
            return;
        }

        // A copy, because the caller could change the bytes after the check.
        byte[] body = source.Body.ToArray();
        if (!EcdsaP256.Verify(chain.Signer.PublicKey.Span, body, source.Signature.Span))
        {
            SignatureFailure = CheckFailure.Signature(
                $"the {name} signed by {chain.Signer.SubjectText}",
                "a signature that is not by its key over these bytes");
            return;
        }

        Document = read(body, out T? document, out string? fault) ? document : null;
        StructureFailure = Document is null ? CheckFailure.Malformed($"{name} of a known version", fault!) : null;
    }

    public SigningChain? Chain { get; }

    public CheckFailure? ChainFailure { get; }

    public CheckFailure? SignatureFailure { get; }

    public CheckFailure? StructureFailure { get; }

    /// <summary>Null unless all checks here passed.</summary>
    public T? Document { get; }

    /// <summary>A part that is not given is missing; an empty part is malformed.</summary>
    private static bool IsAbsent(ReadOnlyMemory<byte> part) => part.Equals(default);

    private static CheckFailure Missing(string what) =>
        new(VerdictReason.CollateralMissing, what, "none")
        {
            Remedy = "The collateral does not contain it. Give the verifier the complete set.",
        };
}
