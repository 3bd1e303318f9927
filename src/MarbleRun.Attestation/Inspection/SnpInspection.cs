using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Inspection;

/// <summary>
/// Lists the certificates and the revocation list in collateral of an AMD platform: whether each is genuine, and until when it is valid.
/// </summary>
public static class SnpInspection
{
    private const string ListName = "revocation list of the ARK";

    /// <summary>Inspects collateral.</summary>
    /// <param name="request">The platform, or the issuers of a product line.</param>
    /// <param name="collateral">The collateral.</param>
    /// <param name="anchor">The trusted roots.</param>
    /// <returns>Each document once, missing ones too.</returns>
    public static ImmutableArray<CollateralDocument> Inspect(
        SnpCollateralRequest request, SnpCollateral collateral, SnpTrustAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(anchor);
        request.ThrowIfInvalid();
        SnpRoot? root = anchor.Roots.FirstOrDefault(r => r.Line == request.ProductLine);
        if (root is null)
        {
            return [new CollateralDocument("ARK") { Fault = $"{anchor.Name} has no root of {request.ProductLine}" }];
        }

        var certificates = new InspectedCertificates();
        List<CollateralDocument> unread = [];
        Certificate? ask = Read(AskName(request), collateral.Ask, unread);
        Certificate? ark = collateral.Ark is { IsEmpty: false } ? Read("ARK", collateral.Ark, unread) : root.Certificate;
        if (!request.IssuersOnly && Read(VekName(request), collateral.Vek, unread) is { } vek)
        {
            certificates.Add(VekName(request), vek, CheckVek(request, collateral, root));
        }

        certificates.Add(AskName(request), ask, ask is null ? null : CheckAsk(request, ask, root));
        certificates.Add("ARK", ark, ark is null ? null : CertificatePath.CheckRoot(ark, root.Certificate));
        return [.. unread, .. certificates.Documents, InspectList(collateral.RevocationList, root)];
    }

    private static string VekName(SnpCollateralRequest request) => request.SigningKey == SnpSigningKey.Vlek ? "VLEK" : "VCEK";

    private static string AskName(SnpCollateralRequest request) => request.SigningKey == SnpSigningKey.Vlek ? "ASVK" : "ASK";

    private static Certificate? Read(string name, ReadOnlyMemory<byte>? der, List<CollateralDocument> unread)
    {
        if (der is not { IsEmpty: false } bytes)
        {
            unread.Add(CollateralDocument.Missing(name));
            return null;
        }

        if (!Certificate.TryParse(bytes, AmdCertificates.Profile, out Certificate? certificate, out string? fault))
        {
            unread.Add(new CollateralDocument(name) { Fault = fault });
        }

        return certificate;
    }

    private static CheckFailure? CheckAsk(SnpCollateralRequest request, Certificate ask, SnpRoot root)
    {
        string expected = request.SigningKey == SnpSigningKey.Vlek ? $"SEV-VLEK-{root.Line}" : $"SEV-{root.Line}";
        return CertificatePath.CheckIssued(ask, root.Certificate)
            ?? CertificatePath.CheckAuthority(ask, authoritiesBelow: 0)
            ?? (ask.SubjectText == expected ? null : CheckFailure.Untrusted($"a certificate named {expected}", ask.SubjectText));
    }

    private static CheckFailure? CheckVek(SnpCollateralRequest request, SnpCollateral collateral, SnpRoot root)
    {
        if (!SnpChain.TryRead(collateral, out SnpChain? chain, out CheckFailure? failure)
            || (failure = chain.CheckPath(root)) is not null
            || !chain.TryReadVek(root, out VekExtensions? vek, out failure))
        {
            return failure;
        }

        bool isOfChip = request.SigningKey == SnpSigningKey.Vlek || Convert.ToHexStringLower(vek.HardwareId.Span) == request.HardwareId;
        return vek.Tcb != request.ReportedTcb
            ? new CheckFailure(
                VerdictReason.Mismatch,
                SnpTcb.Read(request.ReportedTcb, request.ProductLine).ToString(),
                SnpTcb.Read(vek.Tcb, request.ProductLine).ToString())
            : isOfChip ? null
            : new CheckFailure(
                VerdictReason.Mismatch, $"the chip {request.HardwareId}", $"the chip {Convert.ToHexStringLower(vek.HardwareId.Span)}");
    }

    private static CollateralDocument InspectList(ReadOnlyMemory<byte>? der, SnpRoot root)
    {
        if (der is not { IsEmpty: false } bytes)
        {
            return CollateralDocument.Missing(ListName);
        }

        if (!RevocationList.TryParse(bytes, AmdCertificates.Profile, out RevocationList? list, out string? fault))
        {
            return new CollateralDocument(ListName) { Fault = fault };
        }

        // At its own first moment a list is current: its dates are not a fault here.
        return new CollateralDocument(ListName)
        {
            IssuedAt = list.ThisUpdate,
            ValidUntil = list.NextUpdate,
            Fault = InspectedCertificates.Text(
                new PreparedRevocationList(bytes, AmdCertificates.Profile).CheckList(root.Certificate, list.ThisUpdate)),
        };
    }
}
