using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>
/// Makes collateral for the platform of a <see cref="TestPki"/> and the quoting enclave of a <see cref="QuoteForge"/>, right unless told
/// otherwise.
/// </summary>
internal sealed class CollateralForge(TestPki pki)
{
    public const string IssueDate = "2026-05-20T00:00:00Z";

    private const string Dates = $"\"issueDate\":\"{IssueDate}\",\"nextUpdate\":\"2026-06-20T00:00:00Z\"";

    public ECDsa SignerKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificate Signer { get; } = new("CN=Test SGX TCB Signing");

    public string TcbInfo { get; set; } = WriteTcbInfo(Level(5, 13));

    public string QeIdentity { get; set; } = WriteQeIdentity("UpToDate");

    public DcapCollateral Build() => new()
    {
        TcbInfo = Sign(TcbInfo),
        QeIdentity = Sign(QeIdentity),
        RootRevocationList = TestPki.RevocationList(pki.Root.Name, pki.RootKey),
        PckRevocationList = TestPki.RevocationList(pki.Authority.Name, pki.AuthorityKey),
    };

    /// <summary>A document signed by <see cref="Signer"/> under the root, or by another key.</summary>
    public DcapSignedDocument Sign(string body, ECDsa? key = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        string chain = TestPki.Pem(Signer.Issue(SignerKey, pki.Root.Name, pki.RootKey)) + TestPki.Pem(pki.SelfSigned());
        return new DcapSignedDocument(bytes, (key ?? SignerKey).SignData(bytes, HashAlgorithmName.SHA256), Encoding.ASCII.GetBytes(chain));
    }

    public static string WriteTcbInfo(params IEnumerable<string> levels) =>
        $$"""{"id":"SGX","version":3,{{Dates}},"fmspc":"00606a000000","pceId":"0000","tcbType":0,"""
        + $"\"tcbEvaluationDataNumber\":20,\"tcbLevels\":[{string.Join(',', levels)}]}}";

    public static string WriteQeIdentity(string status) =>
        $$"""{"id":"QE","version":2,{{Dates}},"tcbEvaluationDataNumber":20,"miscselect":"00000000","miscselectMask":"FFFFFFFF","""
        + $"\"attributes\":\"{new string('0', 32)}\",\"attributesMask\":\"{new string('F', 32)}\",\"mrsigner\":\"{new string('0', 64)}\","
        + $"\"isvprodid\":0,\"tcbLevels\":[{{\"tcb\":{{\"isvsvn\":0}},\"tcbDate\":\"{IssueDate}\",\"tcbStatus\":\"{status}\"}}]}}";

    /// <summary>A level whose components are all the same; a platform of <see cref="TestPki"/> has 5 in each, and PCESVN 13.</summary>
    public static string Level(int svn, int pceSvn, int count = 16, string status = "UpToDate") =>
        Level(Enumerable.Repeat(svn, count), pceSvn, status);

    public static string Level(IEnumerable<int> components, int pceSvn, string status) =>
        $$"""{"tcb":{"sgxtcbcomponents":[{{string.Join(',', components.Select(c => $"{{\"svn\":{c}}}"))}}],"pcesvn":{{pceSvn}}},"""
        + $"\"tcbDate\":\"{IssueDate}\",\"tcbStatus\":\"{status}\"}}";
}
