using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Benchmarks.Attestation;

/// <summary>
/// The two signatures that no verifier can skip, verified and nothing else: the quoting enclave's report by the platform's key, which is
/// kept, and the quote by the attestation key, which is imported (layout: Intel SGX ECDSA Quote Library API, A.4; Intel TDX DCAP Quoting
/// Library API, A.3).
/// </summary>
internal sealed class BareSignatures : IDisposable
{
    private const int KeySize = 64;
    private const int ReportSize = 384;

    private readonly ECDsa _pckKey;
    private readonly byte[] _signed;
    private readonly byte[] _signature;
    private readonly byte[] _attestationKey;
    private readonly byte[] _qeReport;
    private readonly byte[] _qeSignature;

    public BareSignatures(SimulatedEvidence evidence, TeeType tee)
    {
        ReadOnlySpan<byte> quote = evidence.Quote.RawData.Span;
        int signature = (tee == TeeType.Tdx ? 632 : 432) + sizeof(uint);
        int qeReport = signature + (2 * KeySize) + (tee == TeeType.Tdx ? sizeof(ushort) + sizeof(uint) : 0);
        _pckKey = evidence.ExportPckKey();
        _signed = quote[..(signature - sizeof(uint))].ToArray();
        _signature = quote.Slice(signature, KeySize).ToArray();
        _attestationKey = quote.Slice(signature + KeySize, KeySize).ToArray();
        _qeReport = quote.Slice(qeReport, ReportSize).ToArray();
        _qeSignature = quote.Slice(qeReport + ReportSize, KeySize).ToArray();
    }

    public bool Verify()
    {
        using var attestationKey = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = _attestationKey[..(KeySize / 2)], Y = _attestationKey[(KeySize / 2)..] },
        });
        return _pckKey.VerifyData(_qeReport, _qeSignature, HashAlgorithmName.SHA256)
            && attestationKey.VerifyData(_signed, _signature, HashAlgorithmName.SHA256);
    }

    public void Dispose() => _pckKey.Dispose();
}
