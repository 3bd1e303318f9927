using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The checks of a platform by its collateral, in order. Missing collateral is not checked here; a check at the end reports it.
/// </summary>
internal static class DcapCollateralChecks
{
    public static ImmutableArray<Check<DcapContext>> All { get; } =
    [
        // Is the platform's certificate revoked?
        BySource(DcapRules.RootRevocation, c => c.HasRootList, c => c.Collateral.RootList!.Check(c.Chain.Authority, c.Chain.Root, c.Now)),
        BySource(DcapRules.PckRevocation, c => c.HasPckList, c => c.Collateral.PckList!.Check(c.Chain.Leaf, c.Chain.Authority, c.Now)),

        // Is the collateral genuine, current, and about this platform?
        BySource(DcapRules.TcbInfoChain, c => c.HasTcbInfo, c => CheckSigner(c.Collateral.TcbInfo!, c)),
        BySource(DcapRules.TcbInfoSignature, c => c.HasTcbInfo, c => c.Collateral.TcbInfo!.SignatureFailure),
        BySource(DcapRules.TcbInfoStructure, c => c.HasTcbInfo, c => c.Collateral.TcbInfo!.StructureFailure),
        BySource(
            DcapRules.TcbInfoValidity,
            c => c.HasTcbInfo,
            c => CheckDates("TCB info", c.TcbInfo.IssueDate, c.TcbInfo.NextUpdate, c.Now)),
        BySource(DcapRules.TcbInfoPlatform, c => c.HasTcbInfo, c => DcapMatch.CheckPlatform(c.TcbInfo, c.Quote.Tee, c.Chain.Platform)),
        BySource(DcapRules.TcbInfoEvaluation, c => c.HasTcbInfo, c => c.Numbers.Check(c.TcbInfo)),
        BySource(DcapRules.QeIdentityChain, c => c.HasQeIdentity, c => CheckSigner(c.Collateral.QeIdentity!, c)),
        BySource(DcapRules.QeIdentitySignature, c => c.HasQeIdentity, c => c.Collateral.QeIdentity!.SignatureFailure),
        BySource(DcapRules.QeIdentityStructure, c => c.HasQeIdentity, c => c.Collateral.QeIdentity!.StructureFailure),
        BySource(
            DcapRules.QeIdentityValidity,
            c => c.HasQeIdentity,
            c => CheckDates("QE identity", c.QeIdentity.IssueDate, c.QeIdentity.NextUpdate, c.Now)),
        new(DcapRules.QeIdentityMatch, c => DcapMatch.CheckQe(c.QeIdentity, c.Quote)) { When = c => c.HasQeIdentity },
        BySource(DcapRules.QeIdentityEvaluation, c => c.HasQeIdentity, c => c.Numbers.Check(c.QeIdentity, c.Chain.Platform.Fmspc.Span)),
        new(DcapRules.TdxModule, c => TcbEvaluation.CheckModule(c.TcbInfo, new TdReportBody(c.Quote.Body.Span)))
        {
            When = c => c.HasTcbInfo && c.Tee == TeeType.Tdx,
        },
    ];

    /// <summary>
    /// Unusable collateral is a fault of the source, and transient. Its statements about the platform (revoked, another quoting enclave,
    /// another TDX module) are not.
    /// </summary>
    private static Check<DcapContext> BySource(CheckRule rule, Predicate<DcapContext> when, Func<DcapContext, CheckFailure?> find) =>
        new(rule, c => find(c) is not { } failure ? null
            : c.AsksSource && failure.Reason != VerdictReason.Revoked ? failure with { IsTransient = true }
            : failure)
        {
            When = when,
        };

    // Root and TCB signing certificate must also be valid now; the root's list, which was checked before, shows whether the signer is
    // revoked.
    private static CheckFailure? CheckSigner<T>(PreparedDocument<T> document, DcapContext context)
        where T : class =>
        document.ChainFailure
        ?? CertificatePath.CheckValidity([document.Chain!.Root, document.Chain.Signer], context.Now)
        ?? context.Collateral.RootList?.Check(document.Chain.Signer, document.Chain.Root, context.Now);

    private static CheckFailure? CheckDates(string name, DateTimeOffset from, DateTimeOffset to, DateTimeOffset now) =>
        now < from || now > to
            ? Validity.Failure($"a {name}", now, "one", from, to)
            : null;
}
