using System.Collections.Immutable;
using System.Text;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Inspection;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation.Inspection;

/// <summary>Each document in collateral of Intel is listed with its dates, and with what is wrong with it.</summary>
public sealed class DcapInspectionTests : IDisposable
{
    private static readonly DcapCollateralRequest s_request = new(TeeType.Sgx, "4D4252000000", "platform");

    private readonly TemporaryDirectory _folder = new();
    private readonly SimulationPlatform _platform;

    public DcapInspectionTests()
    {
        _platform = SimulationPlatform.Open(_folder.File("platform"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inspect_GoodCollateral_ListsEveryDocumentWithItsEnd()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();

        ImmutableArray<CollateralDocument> documents = Inspect(_platform.CreateCollateral());

        Assert.Equal(
            [
                "TCB info", "QE identity", "revocation list of the root CA", "revocation list of the PCK CA", "PCK platform CA",
                "certificate of those who signed the TCB info", "root CA",
            ],
            documents.Select(d => d.Name));
        Assert.All(documents, d => Assert.True(d.IsGoodAt(now), d.ToString()));
        Assert.All(documents.Take(4), d => Assert.Equal(30, (d.ValidUntil!.Value - now).TotalDays, tolerance: 1));
        Assert.Equal([1, 1], documents.Select(d => d.TcbEvaluationDataNumber).OfType<int>());
    }

    [Fact]
    public void Inspect_ExpiredCollateral_IsGenuineAndNotGoodNow()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();

        ImmutableArray<CollateralDocument> documents = Inspect(
            _platform.CreateCollateral(scenario: new SimulationScenario { IsExpired = true }));

        Assert.All(documents, d => Assert.Null(d.Fault));
        Assert.Equal(
            ["TCB info", "QE identity", "revocation list of the root CA", "revocation list of the PCK CA"],
            documents.Where(d => !d.IsGoodAt(now)).Select(d => d.Name));
    }

    [Fact]
    public void Inspect_MissingDocuments_AreNamed() => Assert.Equal(
        ["TCB info", "QE identity", "revocation list of the root CA", "revocation list of the PCK CA"],
        Inspect(new DcapCollateral()).Where(d => d.Fault == "it is missing").Select(d => d.Name));

    [Theory]
    [InlineData(TeeType.Tdx, "4D4252000000", "platform", "TCB info", "it is about Sgx, not Tdx")]
    [InlineData(TeeType.Tdx, "4D4252000000", "platform", "QE identity", "it is of the enclave QE, not TD_QE")]
    [InlineData(TeeType.Sgx, "00606A000000", "platform", "TCB info", "it is about the FMSPC 4D4252000000, not 00606A000000")]
    [InlineData(TeeType.Sgx, "4D4252000000", "processor", "revocation list of the PCK CA", "expected: the PCK processor CA")]
    public void Inspect_AboutAnotherPlatform_IsAFault(TeeType tee, string fmspc, string authority, string name, string fault)
    {
        ImmutableArray<CollateralDocument> documents = DcapInspection.Inspect(
            new DcapCollateralRequest(tee, fmspc, authority), _platform.CreateCollateral(), _platform.TrustAnchor);

        Assert.Contains(fault, documents.Single(d => d.Name == name).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_UnderAnotherRoot_RefusesEveryDocument()
    {
        ImmutableArray<CollateralDocument> documents = DcapInspection.Inspect(
            s_request, _platform.CreateCollateral(), DcapTrustAnchor.IntelSgx);

        Assert.All(documents.Take(4), d => Assert.NotNull(d.Fault));
    }

    [Fact]
    public void Inspect_ChangedDocument_IsNotSigned()
    {
        DcapCollateral good = _platform.CreateCollateral();
        string changed = Encoding.UTF8.GetString(good.TcbInfo!.Body.Span).Replace("\"svn\":", "\"svn\": ", StringComparison.Ordinal);
        DcapCollateral bad = good with { TcbInfo = good.TcbInfo with { Body = Encoding.UTF8.GetBytes(changed) } };

        CollateralDocument info = Inspect(bad).Single(d => d.Name == "TCB info");

        Assert.Contains("not by its key", info.Fault, StringComparison.Ordinal);
        Assert.Null(info.ValidUntil);
    }

    [Fact]
    public void Inspect_ListWithoutItsIssuer_CantBeChecked()
    {
        CollateralDocument list = Inspect(_platform.CreateCollateral() with { PckRevocationListIssuerChain = null })
            .Single(d => d.Name == "revocation list of the PCK CA");

        Assert.Contains("can't be checked", list.Fault, StringComparison.Ordinal);
        Assert.NotNull(list.ValidUntil);
    }

    [Fact]
    public void Inspect_ListsThatAreSwapped_AreFaults()
    {
        DcapCollateral good = _platform.CreateCollateral();

        ImmutableArray<CollateralDocument> documents = Inspect(
            good with { RootRevocationList = good.PckRevocationList, PckRevocationList = good.RootRevocationList });

        Assert.Equal(2, documents.Count(d => d.Name.StartsWith("revocation list", StringComparison.Ordinal) && d.Fault is not null));
    }

    [Fact]
    public void InspectPckChain_NotPem_IsAFault() =>
        Assert.NotNull(DcapInspection.InspectPckChain(Encoding.ASCII.GetBytes("x"), _platform.TrustAnchor).Fault);

    private ImmutableArray<CollateralDocument> Inspect(DcapCollateral collateral) =>
        DcapInspection.Inspect(s_request, collateral, _platform.TrustAnchor);
}
