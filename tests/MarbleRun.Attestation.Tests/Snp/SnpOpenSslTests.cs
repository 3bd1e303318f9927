using System.Diagnostics;
using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Snp;

/// <summary>The openssl command line as a second opinion on a genuine report, and on a revoked intermediate CA.</summary>
public sealed class SnpOpenSslTests
{
    [Fact]
    [Trait("Security", "B1")]
    public async Task GenuineReport_OpenSsl_AgreesOnPathDatesAndSignature()
    {
        Assert.SkipUnless(HasOpenSsl(), "The openssl command is not installed.");
        SnpVector vector = SnpVector.Load("microsoft-turin-v5");
        SnpCollateral collateral = vector.Collateral();
        Verdict verdict = await vector.Verifier(collateral)
            .VerifyAsync(Quote.FromRaw(vector.Report), vector.Expectation(), TestContext.Current.CancellationToken);
        Assert.True(verdict.IsAccepted, verdict.ToString());
        string folder = Directory.CreateTempSubdirectory("marblerun-openssl-").FullName;
        try
        {
            (int exit, string output) = await VerifyChainAsync(folder, collateral, vector.Time);
            Assert.True(exit == 0, output);

            string signed = await WriteAsync(folder, "signed.bin", vector.Report.AsMemory(0, 0x2a0));
            string signature = await WriteAsync(folder, "signature.der", Signature(vector.Report));
            string key = Path.Combine(folder, "key.pem");
            (exit, output) = await RunAsync("x509", "-in", Path.Combine(folder, "vek.pem"), "-noout", "-pubkey", "-out", key);
            Assert.True(exit == 0, output);
            (exit, output) = await RunAsync("dgst", "-sha384", "-verify", key, "-signature", signature, signed);
            Assert.True(exit == 0, output);

            byte[] altered = [.. vector.Report];
            altered[0x90] ^= 1;
            string alteredFile = await WriteAsync(folder, "altered.bin", altered.AsMemory(0, 0x2a0));
            (exit, _) = await RunAsync("dgst", "-sha384", "-verify", key, "-signature", signature, alteredFile);
            Assert.NotEqual(0, exit);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task RevokedAsk_OpenSsl_AgreesThatItIsRevoked()
    {
        Assert.SkipUnless(HasOpenSsl(), "The openssl command is not installed.");
        var forge = new SnpForge();
        SnpCollateral collateral = forge.Pki.Collateral();
        string folder = Directory.CreateTempSubdirectory("marblerun-openssl-").FullName;
        try
        {
            foreach ((byte[] serialNumber, bool isRevoked) in ((byte[], bool)[])[([0x77], false), (forge.Pki.Ask.SerialNumber, true)])
            {
                SnpCollateral listed = collateral with { RevocationList = forge.Pki.RevocationList(serialNumber) };
                string list = await WriteAsync(folder, "crl.der", listed.RevocationList!.Value);
                string pem = Path.Combine(folder, "crl.pem");
                (int exit, string output) = await RunAsync("crl", "-inform", "DER", "-in", list, "-out", pem);
                Assert.True(exit == 0, output);

                // openssl looks for a list of the leaf's issuer too, which AMD does not publish: the ASK is judged as a leaf.
                (exit, output) = await VerifyAskAsync(folder, collateral, pem);
                VerdictReason reason = (await forge.JudgeAsync(listed)).Reason;

                Assert.Equal(isRevoked, exit != 0);
                Assert.True(!isRevoked || output.Contains("certificate revoked", StringComparison.Ordinal), output);
                Assert.Equal(isRevoked ? VerdictReason.Revoked : VerdictReason.Accepted, reason);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(int Exit, string Output)> VerifyChainAsync(string folder, SnpCollateral collateral, DateTimeOffset time)
    {
        string vek = await PemAsync(folder, "vek.pem", collateral.Vek!.Value);
        string ask = await PemAsync(folder, "ask.pem", collateral.Ask!.Value);
        string ark = await PemAsync(folder, "ark.pem", collateral.Ark!.Value);
        string seconds = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return await RunAsync("verify", "-attime", seconds, "-CAfile", ark, "-untrusted", ask, vek);
    }

    private static async Task<(int Exit, string Output)> VerifyAskAsync(string folder, SnpCollateral collateral, string list)
    {
        string ask = await PemAsync(folder, "ask.pem", collateral.Ask!.Value);
        string ark = await PemAsync(folder, "ark.pem", collateral.Ark!.Value);
        string seconds = SnpTestPki.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return await RunAsync("verify", "-attime", seconds, "-crl_check", "-CRLfile", list, "-CAfile", ark, ask);
    }

    private static byte[] Signature(byte[] report)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(report.AsSpan(0x2a0, 72), isUnsigned: true));
            writer.WriteInteger(new BigInteger(report.AsSpan(0x2e8, 72), isUnsigned: true));
        }

        return writer.Encode();
    }

    private static async Task<string> PemAsync(string folder, string file, ReadOnlyMemory<byte> der)
    {
        string path = Path.Combine(folder, file);
        await File.WriteAllTextAsync(
            path,
            System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", der.Span) + "\n",
            TestContext.Current.CancellationToken);
        return path;
    }

    private static async Task<string> WriteAsync(string folder, string file, ReadOnlyMemory<byte> content)
    {
        string path = Path.Combine(folder, file);
        await File.WriteAllBytesAsync(path, content.ToArray(), TestContext.Current.CancellationToken);
        return path;
    }

    private static bool HasOpenSsl() =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator)
            .Any(p => File.Exists(Path.Combine(p, "openssl")));

    private static async Task<(int Exit, string Output)> RunAsync(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await error);
    }
}
