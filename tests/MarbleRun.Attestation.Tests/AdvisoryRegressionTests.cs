using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Tests.Attestation.Dcap;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation;

/// <summary>
/// The faults that verifiers of this kind were published with, one test or more for each. The evidence is genuine under the test's own
/// roots in all but the one thing that the test is named for, so that only the check for it can refuse it; each test names that check.
/// </summary>
public sealed class AdvisoryRegressionTests
{
    private readonly QuoteForge _forge = new();
    private readonly CollateralForge _collateral;

    public AdvisoryRegressionTests()
    {
        _collateral = new CollateralForge(_forge.Pki);
    }

    [Fact]
    public async Task Forged_InNothing_IsAccepted()
    {
        Verdict sgx = await JudgeAsync();
        Verdict snp = await JudgeSnpAsync(new SnpForge());

        Assert.True(sgx.IsAccepted, sgx.ToString());
        Assert.Equal(TcbStatus.UpToDate, sgx.Claims?.TcbStatus);
        Assert.True(snp.IsAccepted, snp.ToString());
    }

    [Theory]
    [InlineData("\"id\":\"QE\"", "\"id\":\"TD_QE\"", "found TD_QE")]
    [InlineData("\"mrsigner\":\"0", "\"mrsigner\":\"8", "with MRSIGNER 8")]
    [InlineData("\"isvprodid\":0", "\"isvprodid\":1", "with ISVPRODID 1, found 0")]
    [InlineData("\"attributes\":\"0", "\"attributes\":\"8", "with ATTRIBUTES 8")]
    [InlineData("\"miscselect\":\"0", "\"miscselect\":\"8", "with MISCSELECT 8")]
    [Trait("Security", "A3")]
    [Trait("Security", "A4")]
    public async Task QeIdentity_NotThatOfTheQuotingEnclave_IsRefused(string part, string other, string message)
    {
        Assert.Contains(part, _collateral.QeIdentity, StringComparison.Ordinal);
        _collateral.QeIdentity = _collateral.QeIdentity.Replace(part, other, StringComparison.Ordinal);

        AssertFails(await JudgeAsync(), "qe.identity", VerdictReason.Mismatch, message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(15)]
    [Trait("Security", "A8")]
    public async Task Tcb_GreaterAsANumberAndInSumButLowerInOneComponent_IsNotUpToDate(int lower)
    {
        // The platform has 5 in each component. Whichever end a number is read from, one of these levels is below it.
        int[] required = new int[16];
        required[lower] = 6;
        _collateral.TcbInfo = CollateralForge.WriteTcbInfo(
            CollateralForge.Level(required, 0, "UpToDate"), CollateralForge.Level(1, 0, status: "OutOfDate"));

        AssertFails(await JudgeAsync(), "tcb.status", VerdictReason.TcbStatus, "OutOfDate");
    }

    [Fact]
    [Trait("Security", "A8")]
    public async Task Tcb_LowerInPceSvnAlone_IsNotUpToDate()
    {
        _collateral.TcbInfo = CollateralForge.WriteTcbInfo(CollateralForge.Level(1, 14), CollateralForge.Level(1, 0, status: "OutOfDate"));

        AssertFails(await JudgeAsync(), "tcb.status", VerdictReason.TcbStatus, "OutOfDate");
    }

    [Theory]
    [InlineData("Revoked", "Revoked")]
    [InlineData("", "Unrecognized")]
    [InlineData("Fine", "Unrecognized")]
    [InlineData("uptodate", "Unrecognized")]
    [InlineData("NotSupported", "Unrecognized")]
    [Trait("Security", "A11")]
    public async Task TcbStatus_RevokedOrUnknown_IsRefusedEvenIfThePackageListsIt(string status, string found)
    {
        var package = new PackageProperties { AcceptedTcbStatuses = [status, found, "Unknown", "OutOfDate", "SWHardeningNeeded"] };
        _collateral.TcbInfo = CollateralForge.WriteTcbInfo(CollateralForge.Level(5, 13, status: status));
        AssertFails(await JudgeAsync(package), "tcb.status", VerdictReason.TcbStatus, found);

        // The same of the quoting enclave, under a platform that is good.
        _collateral.TcbInfo = CollateralForge.WriteTcbInfo(CollateralForge.Level(5, 13));
        _collateral.QeIdentity = CollateralForge.WriteQeIdentity(status);
        AssertFails(await JudgeAsync(package), "tcb.status", VerdictReason.TcbStatus, found);
    }

    [Fact]
    [Trait("Security", "A11")]
    public async Task TcbStatus_OfNoLevelThatThePlatformReaches_IsRefusedEvenIfThePackageListsIt()
    {
        _collateral.TcbInfo = CollateralForge.WriteTcbInfo(CollateralForge.Level(6, 13));

        AssertFails(
            await JudgeAsync(new PackageProperties { AcceptedTcbStatuses = ["NotSupported"] }),
            "tcb.status",
            VerdictReason.TcbStatus,
            "NotSupported");
    }

    [Fact]
    [Trait("Security", "A16")]
    public async Task Debug_NotAskedFor_IsRefused()
    {
        _forge.Body[48] |= 2;
        QuoteForge td = QuoteForge.ForTd();
        td.Body[120] |= 1;
        var machine = new SnpForge();
        machine.WriteUInt64(0x08, 0x30000 | (1 << 19));

        AssertFails(await JudgeAsync(), "package.debug", VerdictReason.Policy, "found a debug enclave");
        AssertFails(await td.JudgeAsync(), "package.debug", VerdictReason.Policy, "found a debug enclave");
        AssertFails(await JudgeSnpAsync(machine), "package.debug", VerdictReason.Policy, "found a debug enclave");
    }

    [Fact]
    [Trait("Security", "A2")]
    public async Task Root_OfTheRightNameWithAnotherKey_IsNotTrusted()
    {
        var outsider = new SnpForge();
        outsider.Pki.ArkKey = SnpTestPki.UnrelatedKey;

        AssertFails(
            await JudgeAsync(anchor: new TestPki().Anchor()),
            "chain.root",
            VerdictReason.ChainUntrusted,
            "found a root of that name with another key");
        AssertFails(
            await SnpForge.JudgeAsync(outsider.Build(), new SnpTestPki().Anchor(), outsider.Pki.Collateral()),
            "chain.root",
            VerdictReason.ChainUntrusted,
            "found a root of that name with another key");
    }

    [Theory]
    [InlineData(false, "tcbinfo.chain")]
    [InlineData(true, "qeidentity.chain")]
    [Trait("Security", "A2")]
    [Trait("Security", "A3")]
    public async Task Root_OfCollateralWithAnotherKey_IsNotTrusted(bool isIdentity, string code)
    {
        var foreign = new CollateralForge(new TestPki());
        DcapCollateral collateral = isIdentity
            ? _collateral.Build() with { QeIdentity = foreign.Build().QeIdentity }
            : _collateral.Build() with { TcbInfo = foreign.Build().TcbInfo };

        AssertFails(
            await JudgeAsync(collateral: collateral),
            code,
            VerdictReason.ChainUntrusted,
            "found a root of that name with another key");
    }

    [Fact]
    [Trait("Security", "A14")]
    [Trait("Security", "B3")]
    public async Task RevocationList_NotThere_IsRefused()
    {
        DcapCollateral all = _collateral.Build();

        AssertFails(
            await JudgeAsync(collateral: all with { RootRevocationList = null }),
            "tcb.status",
            VerdictReason.CollateralMissing,
            "found no revocation list of the root CA");
        AssertFails(
            await JudgeAsync(collateral: all with { PckRevocationList = null }),
            "tcb.status",
            VerdictReason.CollateralMissing,
            "found no revocation list of the PCK CA");
        AssertFails(await JudgeSnpAsync(new SnpForge(), withList: false), "crl.ark", VerdictReason.CollateralMissing, "found none");
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task RevocationList_NamesTheSignerOfCollateral_IsRevoked()
    {
        DcapCollateral collateral = _collateral.Build() with
        {
            RootRevocationList = TestPki.RevocationList(_forge.Pki.Root.Name, _forge.Pki.RootKey, _collateral.Signer.SerialNumber),
        };

        AssertFails(await JudgeAsync(collateral: collateral), "tcbinfo.chain", VerdictReason.Revoked, "on the list of Test Root");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(72)]
    [Trait("Security", "A3")]
    [Trait("Security", "A7")]
    public async Task Collateral_WithoutSignature_IsNotTrusted(int zeros)
    {
        DcapCollateral all = _collateral.Build();

        DcapCollateral info = all with { TcbInfo = all.TcbInfo! with { Signature = new byte[zeros] } };
        DcapCollateral identity = all with { QeIdentity = all.QeIdentity! with { Signature = new byte[zeros] } };

        await AssertSignaturesFailAsync(info, identity);
    }

    [Fact]
    [Trait("Security", "A3")]
    [Trait("Security", "A7")]
    public async Task Collateral_SignedByAnotherKeyThanThatOfItsChain_IsNotTrusted()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DcapCollateral all = _collateral.Build();

        DcapCollateral info = all with { TcbInfo = _collateral.Sign(_collateral.TcbInfo, other) };
        DcapCollateral identity = all with { QeIdentity = _collateral.Sign(_collateral.QeIdentity, other) };

        await AssertSignaturesFailAsync(info, identity);
    }

    [Theory]
    [InlineData("authority", "found Test SGX TCB Signing, a CA")]
    [InlineData("name", "found Test SGX PCK Certificate")]
    [InlineData("pck", "found Test SGX TCB Signing, a PCK certificate")]
    [Trait("Security", "A3")]
    [Trait("Security", "A7")]
    public async Task Collateral_SignedByAnotherCertificateOfTheRoot_IsNotTrusted(string how, string message)
    {
        // Genuine under the root, and with no say about TCB levels.
        _collateral.Signer.IsAuthority = how == "authority";
        _collateral.Signer.Name = how == "name" ? "CN=Test SGX PCK Certificate" : _collateral.Signer.Name;
        _collateral.Signer.Sgx = how == "pck" ? TestPki.SgxExtension() : null;

        AssertFails(await JudgeAsync(), "tcbinfo.chain", VerdictReason.ChainUntrusted, message);
    }

    [Theory]
    [InlineData("\"fmspc\":\"00606a000000\"", "\"fmspc\":\"00606a000001\"", "for FMSPC 00606A000000, found 00606A000001")]
    [InlineData("\"pceId\":\"0000\"", "\"pceId\":\"0001\"", "for PCE-ID 0000, found 0001")]
    [Trait("Security", "A7")]
    public async Task TcbInfo_OfAnotherFamilyOfPlatforms_IsMismatch(string part, string other, string message)
    {
        _collateral.TcbInfo = _collateral.TcbInfo.Replace(part, other, StringComparison.Ordinal);

        AssertFails(await JudgeAsync(), "tcbinfo.platform", VerdictReason.Mismatch, message);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(63)]
    [Trait("Security", "C1")]
    public async Task ReportData_EqualOnAPrefixOnly_IsRefused(int at)
    {
        // All forges judge by 64 zeros.
        _forge.Body[320 + at] = 1;
        QuoteForge td = QuoteForge.ForTd();
        td.Body[520 + at] = 1;
        var machine = new SnpForge();
        machine.Report[0x50 + at] = 1;

        AssertFails(await JudgeAsync(), "report.data", VerdictReason.Policy, "found 00000000");
        AssertFails(await td.JudgeAsync(), "report.data", VerdictReason.Policy, "found 00000000");
        AssertFails(await JudgeSnpAsync(machine), "report.data", VerdictReason.Policy, "found 00000000");
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Chain_OfAnotherPlatformsQuote_DoesNotVouchForThisOne()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TestPki pki = _forge.Pki;
        string chain = TestPki.Pem(pki.Pck.Issue(other, pki.Authority.Name, pki.AuthorityKey))
            + TestPki.Pem(pki.Intermediate())
            + TestPki.Pem(pki.SelfSigned());
        _forge.CertificationData = Encoding.ASCII.GetBytes(chain);

        AssertFails(await JudgeAsync(), "qe.signature", VerdictReason.SignatureInvalid, "found a signature that is not by its key");
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task Vcek_OfAnotherChip_IsMismatch()
    {
        var forge = new SnpForge();
        forge.Pki.Set(".4", [.. "diff"u8, .. new byte[4]]);

        AssertFails(await JudgeSnpAsync(forge), "chain.chip_id", VerdictReason.Mismatch, "found 636869700000");
    }

    [Theory]
    [InlineData(".3.1", 0x0a)]
    [InlineData(".3.2", 0x02)]
    [InlineData(".3.3", 0x17)]
    [InlineData(".3.8", 0x54)]
    [Trait("Security", "B1")]
    public async Task Vcek_OfAnotherTcbThanTheReported_IsMismatch(string level, int right)
    {
        foreach (int other in (int[])[right - 1, right + 1])
        {
            var forge = new SnpForge();
            forge.Pki.SetNumber(level, other);

            AssertFails(
                await JudgeSnpAsync(forge),
                "chain.tcb",
                VerdictReason.Mismatch,
                "found the reported TCB: boot loader 10, TEE 2, SNP 23, microcode 84");
        }
    }

    [Fact]
    [Trait("Security", "B2")]
    public async Task ProductLine_OfProcessorAndVcekDiffer_IsMismatch()
    {
        var forge = new SnpForge(SnpProductLine.Genoa);
        byte[] milan = [0x19, 0x01, 0x01];
        milan.CopyTo(forge.Report, 0x188);

        AssertFails(await JudgeSnpAsync(forge), "chain.product", VerdictReason.Mismatch, "found family 0x19, model 0x01 (Milan)");
    }

    [Fact]
    [Trait("Security", "B2")]
    public async Task ProductLine_OfVcekAndRootDiffer_IsMismatch()
    {
        var forge = new SnpForge(SnpProductLine.Genoa);
        forge.Pki.SetText(".2", "Milan-B0");

        AssertFails(await JudgeSnpAsync(forge), "chain.vek", VerdictReason.Mismatch, "found the product name Milan-B0");
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task FirstCertificate_InFrontOfAGenuineChain_IsNotTrustedForItsPlace()
    {
        // The other certificate has the right names, extension and rights, and its key signed the quoting enclave's report.
        TestPki pki = _forge.Pki;
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _forge.OtherQeSigner = outsider;
        string own = TestPki.Pem(pki.Pck.Issue(outsider, pki.Authority.Name, outsider));
        string authorities = TestPki.Pem(pki.Intermediate()) + TestPki.Pem(pki.SelfSigned());

        _forge.CertificationData = Encoding.ASCII.GetBytes(own + authorities);
        AssertFails(await JudgeAsync(), "chain.path", VerdictReason.ChainUntrusted, "expected Test PCK signed by Test PCK CA");

        _forge.CertificationData = Encoding.ASCII.GetBytes(own + pki.Chain());
        AssertFails(await JudgeAsync(), "chain.structure", VerdictReason.ChainUntrusted, "found 4");
    }

    [Fact]
    [Trait("Security", "A3")]
    [Trait("Security", "A7")]
    public async Task FirstCertificate_OfACollateralChain_IsNotTrustedForItsPlace()
    {
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TestPki pki = _forge.Pki;
        DcapSignedDocument document = _collateral.Sign(_collateral.TcbInfo, outsider);
        string chain = TestPki.Pem(_collateral.Signer.Issue(outsider, pki.Root.Name, outsider)) + TestPki.Pem(pki.SelfSigned());

        DcapCollateral collateral = _collateral.Build() with { TcbInfo = document with { IssuerChain = Encoding.ASCII.GetBytes(chain) } };

        AssertFails(
            await JudgeAsync(collateral: collateral),
            "tcbinfo.chain",
            VerdictReason.ChainUntrusted,
            "expected Test SGX TCB Signing signed by Test Root");
    }

    /// <summary>Requires that TCB info and QE identity are refused for their signatures.</summary>
    private async Task AssertSignaturesFailAsync(DcapCollateral info, DcapCollateral identity)
    {
        const string found = "found a signature that is not by its key over these bytes";
        AssertFails(await JudgeAsync(collateral: info), "tcbinfo.signature", VerdictReason.SignatureInvalid, found);
        AssertFails(await JudgeAsync(collateral: identity), "qeidentity.signature", VerdictReason.SignatureInvalid, found);
    }

    private static void AssertFails(Verdict verdict, string code, VerdictReason reason, string message)
    {
        Assert.Equal((code, reason), QuoteForge.Failure(verdict));
        Assert.Contains(message, verdict.Summary, StringComparison.Ordinal);
    }

    /// <summary>Judges as production does: with all collateral required.</summary>
    private async Task<Verdict> JudgeAsync(
        PackageProperties? package = null, DcapCollateral? collateral = null, DcapTrustAnchor? anchor = null)
    {
        var verifier = new DcapQuoteVerifier(
            anchor ?? _forge.Pki.Anchor(), collateral ?? _collateral.Build(), new FakeTimeProvider(TestPki.Now));
        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.FromBytes(new byte[64]),
            Package = package ?? new PackageProperties(),
        };
        return await verifier.VerifyAsync(Quote.FromRaw(_forge.Build()), expectation, TestContext.Current.CancellationToken);
    }

    private static async Task<Verdict> JudgeSnpAsync(SnpForge forge, bool withList = true)
    {
        SnpCollateral collateral = forge.Pki.Collateral();
        collateral = withList ? collateral with { RevocationList = forge.Pki.RevocationList() } : collateral;
        var verifier = new SnpReportVerifier(forge.Pki.Anchor(), collateral, new FakeTimeProvider(SnpTestPki.Now));
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = new PackageProperties() };
        return await verifier.VerifyAsync(Quote.FromRaw(forge.Build()), expectation, TestContext.Current.CancellationToken);
    }
}
