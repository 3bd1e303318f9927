using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Inspection;

/// <summary>
/// Lists the documents in collateral of an Intel platform: whether each is genuine, and until when it is valid. A verifier makes the same
/// checks, and stops at the first failure.
/// </summary>
public static class DcapInspection
{
    private const string RootList = "revocation list of the root CA";
    private const string PckList = "revocation list of the PCK CA";

    /// <summary>Inspects collateral.</summary>
    /// <param name="request">The platform that it is for.</param>
    /// <param name="collateral">The collateral.</param>
    /// <param name="anchor">The trusted root.</param>
    /// <returns>Each document once, missing ones too.</returns>
    public static ImmutableArray<CollateralDocument> Inspect(
        DcapCollateralRequest request, DcapCollateral collateral, DcapTrustAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(anchor);
        var prepared = new PreparedCollateral(collateral, anchor);
        var certificates = new InspectedCertificates();
        List<CollateralDocument> documents =
        [
            InspectTcbInfo(prepared.TcbInfo, request),
            InspectQeIdentity(prepared.QeIdentity, request),
            InspectList(RootList, collateral.RootRevocationList, prepared.RootList, anchor.Root, issuerFault: null),
            InspectPckList(request, collateral, prepared.PckList, anchor, certificates),
        ];
        certificates.Add("certificate of those who signed the TCB info", prepared.TcbInfo?.Chain?.Signer);
        certificates.Add("certificate of those who signed the QE identity", prepared.QeIdentity?.Chain?.Signer);
        certificates.Add("root CA", prepared.TcbInfo?.Chain?.Root);
        if (collateral.PckCertificateChain is { } pem)
        {
            documents.Add(InspectPckChain(pem, anchor));
        }

        return [.. documents, .. certificates.Documents];
    }

    /// <summary>Inspects the PCK certificate chain of a platform whose quotes only name it.</summary>
    /// <param name="chain">PEM, the PCK certificate first and the root last.</param>
    /// <param name="anchor">The trusted root.</param>
    /// <returns>The chain as one document, which ends with its first certificate that ends.</returns>
    public static CollateralDocument InspectPckChain(ReadOnlyMemory<byte> chain, DcapTrustAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        var document = new CollateralDocument("PCK certificate chain");
        if (!PckChain.TryReadPem(chain.Span, out PckChain? read, out CheckFailure? failure))
        {
            return document with { Fault = Text(failure) };
        }

        Certificate[] certificates = [read.Leaf, read.Authority, read.Root];
        return document with
        {
            IssuedAt = certificates.Max(c => c.NotBefore),
            ValidUntil = certificates.Min(c => c.NotAfter),
            Fault = Text(read.CheckRoot(anchor) ?? read.CheckPath() ?? read.CheckPck()),
        };
    }

    private static CollateralDocument InspectTcbInfo(PreparedDocument<TcbInfo>? info, DcapCollateralRequest request)
    {
        const string Name = "TCB info";
        if (info?.Document is not { } read)
        {
            return Unread(Name, info);
        }

        string fmspc = Convert.ToHexString(read.Fmspc);
        return new CollateralDocument(Name)
        {
            IssuedAt = read.IssueDate,
            ValidUntil = read.NextUpdate,
            TcbEvaluationDataNumber = read.EvaluationDataNumber,
            Fault = read.Tee != request.Tee ? $"it is about {read.Tee}, not {request.Tee}"
                : !string.Equals(fmspc, request.Fmspc, StringComparison.OrdinalIgnoreCase)
                ? $"it is about the FMSPC {fmspc}, not {request.Fmspc.ToUpperInvariant()}"
                : null,
        };
    }

    private static CollateralDocument InspectQeIdentity(PreparedDocument<QeIdentity>? identity, DcapCollateralRequest request)
    {
        const string Name = "QE identity";
        if (identity?.Document is not { } read)
        {
            return Unread(Name, identity);
        }

        string expected = QeIdentity.IdFor(request.Tee);
        return new CollateralDocument(Name)
        {
            IssuedAt = read.IssueDate,
            ValidUntil = read.NextUpdate,
            TcbEvaluationDataNumber = read.EvaluationDataNumber,
            Fault = read.Id == expected ? null : $"it is of the enclave {read.Id}, not {expected}",
        };
    }

    private static CollateralDocument Unread<T>(string name, PreparedDocument<T>? document)
        where T : class =>
        document is null
            ? CollateralDocument.Missing(name)
            : new CollateralDocument(name)
            {
                Fault = Text(document.ChainFailure ?? document.SignatureFailure ?? document.StructureFailure),
            };

    private static CollateralDocument InspectPckList(
        DcapCollateralRequest request,
        DcapCollateral collateral,
        PreparedRevocationList? list,
        DcapTrustAnchor anchor,
        InspectedCertificates certificates)
    {
        Certificate? issuer = null;
        string? fault = collateral.PckRevocationListIssuerChain is { IsEmpty: false } pem
            ? Text(FindPckAuthority(pem, request, anchor, out issuer))
            : "the certificate of its issuer is missing, so its signature can't be checked";
        certificates.Add($"PCK {request.PckAuthority} CA", issuer);
        return InspectList(PckList, collateral.PckRevocationList, list, issuer, fault);
    }

    private static CheckFailure? FindPckAuthority(
        ReadOnlyMemory<byte> pem, DcapCollateralRequest request, DcapTrustAnchor anchor, out Certificate? issuer)
    {
        issuer = null;
        if (!CertificatePath.TryReadPem(pem.Span, IntelCertificates.Profile, out List<Certificate>? chain, out CheckFailure? failure))
        {
            return failure;
        }

        issuer = chain[0];
        return CertificatePath.CheckIssued(issuer, anchor.Root)
            ?? CertificatePath.CheckAuthority(issuer, authoritiesBelow: 0)
            ?? (issuer.SubjectText.Contains(request.PckAuthority, StringComparison.OrdinalIgnoreCase)
                ? null
                : CheckFailure.Untrusted($"the PCK {request.PckAuthority} CA", issuer.SubjectText));
    }

    private static CollateralDocument InspectList(
        string name, ReadOnlyMemory<byte>? der, PreparedRevocationList? prepared, Certificate? issuer, string? issuerFault)
    {
        if (der is null || prepared is null)
        {
            return CollateralDocument.Missing(name);
        }

        if (!RevocationList.TryParse(der.Value, IntelCertificates.Profile, out RevocationList? list, out string? fault))
        {
            return new CollateralDocument(name) { Fault = fault };
        }

        // At its own first moment a list is current: its dates are not a fault here.
        return new CollateralDocument(name)
        {
            IssuedAt = list.ThisUpdate,
            ValidUntil = list.NextUpdate,
            Fault = issuerFault ?? Text(prepared.CheckList(issuer!, list.ThisUpdate)),
        };
    }

    private static string? Text(CheckFailure? failure) => InspectedCertificates.Text(failure);
}
