using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Inspection;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Inspection;

/// <summary>Each certificate and list in collateral of AMD is listed with its dates, and with what is wrong with it.</summary>
public sealed class SnpInspectionTests
{
    private readonly SnpTestPki _pki = new();

    [Fact]
    public void Inspect_GoodCollateral_ListsEveryDocument()
    {
        ImmutableArray<CollateralDocument> documents = Inspect(Good());

        Assert.Equal(["VCEK", "ASK", "ARK", "revocation list of the ARK"], documents.Select(d => d.Name));
        Assert.All(documents, d => Assert.True(d.IsGoodAt(SnpTestPki.Now), d.ToString()));
        Assert.Equal(SnpTestPki.Now.AddDays(30), documents[3].ValidUntil);
    }

    [Fact]
    public void Inspect_IssuersAlone_NeedsNoKeyOfAChip()
    {
        ImmutableArray<CollateralDocument> documents = SnpInspection.Inspect(
            SnpCollateralRequest.ForIssuers(SnpSigningKey.Vcek, SnpProductLine.Genoa), Good() with { Vek = null }, _pki.Anchor());

        Assert.Equal(["ASK", "ARK", "revocation list of the ARK"], documents.Select(d => d.Name));
        Assert.All(documents, d => Assert.Null(d.Fault));
    }

    [Fact]
    public void Inspect_NothingThere_NamesWhatIsMissing() => Assert.Equal(
        ["ASK", "VCEK", "revocation list of the ARK"],
        Inspect(new SnpCollateral()).Where(d => d.Fault == "it is missing").Select(d => d.Name));

    [Fact]
    public void Inspect_KeyForAnotherTcb_IsAFault()
    {
        CollateralDocument vcek = SnpInspection.Inspect(Request() with { ReportedTcb = _pki.Tcb + 1 }, Good(), _pki.Anchor())
            .Single(d => d.Name == "VCEK");

        Assert.Contains("boot loader 10", vcek.Fault, StringComparison.Ordinal);
        Assert.Contains("expected: boot loader 11", vcek.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_KeyOfAnotherChip_IsAFault()
    {
        CollateralDocument vcek = SnpInspection.Inspect(Request() with { ChipId = new string('0', 128) }, Good(), _pki.Anchor())
            .Single(d => d.Name == "VCEK");

        Assert.StartsWith("the chip 63686970", vcek.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_ListOfAnotherKey_IsAFault()
    {
        CollateralDocument list = Inspect(Good() with { RevocationList = _pki.RevocationList(key: SnpTestPki.UnrelatedKey) })
            .Single(d => d.Name == "revocation list of the ARK");

        Assert.Contains("not by its key", list.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_LineWithoutARoot_IsAFault() => Assert.Equal(
        "ARK-Genoa has no root of Milan",
        Assert.Single(SnpInspection.Inspect(
            SnpCollateralRequest.ForIssuers(SnpSigningKey.Vcek, SnpProductLine.Milan), Good(), _pki.Anchor())).Fault);

    private SnpCollateral Good() => _pki.Collateral() with { RevocationList = _pki.RevocationList() };

    private SnpCollateralRequest Request() =>
        new(SnpSigningKey.Vcek, SnpProductLine.Genoa, Convert.ToHexStringLower([.. _pki.HardwareId, .. new byte[56]]), _pki.Tcb);

    private ImmutableArray<CollateralDocument> Inspect(SnpCollateral collateral) =>
        SnpInspection.Inspect(Request(), collateral, _pki.Anchor());
}
