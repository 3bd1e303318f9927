using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>The openssl command line as a second opinion on genuine certificates and revocation lists.</summary>
public sealed class OpenSslTests
{
    [Fact]
    [Trait("Security", "A14")]
    public async Task GenuineChain_OpenSsl_AgreesOnPathDatesAndRevocation()
    {
        Assert.SkipUnless(HasOpenSsl(), "The openssl command is not installed.");
        DcapVector vector = DcapVector.Load("sgx/teepot-azure");
        Assert.True(DcapQuote.TryParse(vector.Quote, out DcapQuote? quote, out _));
        Assert.True(PckChain.TryReadPem(quote.CertificationData.Span, out PckChain? chain, out _));
        DcapCollateral collateral = vector.Collateral()!;
        string folder = Directory.CreateTempSubdirectory("marblerun-openssl-").FullName;
        try
        {
            string leaf = await WriteAsync(folder, "leaf.pem", TestPki.Pem(chain.Leaf.Der.ToArray()));
            string authority = await WriteAsync(folder, "ca.pem", TestPki.Pem(chain.Authority.Der.ToArray()));
            string root = await WriteAsync(folder, "root.pem", DcapTrustAnchor.IntelSgx.ToPem());
            string lists = await ListAsync(folder, "root.crl", collateral.RootRevocationList!.Value)
                + await ListAsync(folder, "pck.crl", collateral.PckRevocationList!.Value);
            string crls = await WriteAsync(folder, "crls.pem", lists);
            long time = vector.Expected.GetProperty("verification_time").GetDateTimeOffset().ToUnixTimeSeconds();

            (int exit, string output) = await RunAsync(
                "verify", "-attime", $"{time}", "-crl_check_all", "-CRLfile", crls, "-CAfile", root, "-untrusted", authority, leaf);
            Assert.True(exit == 0, output);

            (exit, output) = await RunAsync("x509", "-in", leaf, "-noout", "-serial", "-enddate");
            Assert.Equal(0, exit);
            Assert.Contains($"serial={Convert.ToHexString(chain.Leaf.SerialNumber.Span)}", output, StringComparison.Ordinal);
            Assert.Contains(Text(chain.Leaf.NotAfter), output, StringComparison.Ordinal);

            await AssertListAsync(folder, "pck.crl", collateral.PckRevocationList.Value);
            AssertFacts(vector.Expected.GetProperty("pck"), chain.Leaf);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Text(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time:MMM} {time.Day,2} {time:HH:mm:ss yyyy}");

    private static async Task AssertListAsync(string folder, string file, ReadOnlyMemory<byte> der)
    {
        Assert.True(RevocationList.TryParse(der, IntelCertificates.Profile, out RevocationList? list, out _));
        (int exit, string output) = await RunAsync("crl", "-inform", "DER", "-in", Path.Combine(folder, file), "-noout", "-text");
        Assert.Equal(0, exit);
        Assert.Contains(Text(list.NextUpdate), output, StringComparison.Ordinal);
        string[] serialNumbers =
            [.. output.Split('\n').Where(l => l.Contains("Serial Number:", StringComparison.Ordinal)).Select(l => l.Split(':')[1].Trim())];
        Assert.NotEmpty(serialNumbers);
        Assert.All(serialNumbers, s => Assert.True(Contains(list, s), s));
        Assert.False(Contains(list, "7F00000000000000000000000000000000000001"));
    }

    // openssl leaves the leading zero out that DER has where the first bit is set.
    private static bool Contains(RevocationList list, string hex)
    {
        byte[] serialNumber = Convert.FromHexString(hex);
        return list.Contains(serialNumber[0] < 0x80 ? serialNumber : (byte[])[0, .. serialNumber]);
    }

    private static void AssertFacts(JsonElement facts, Certificate leaf)
    {
        Assert.True(PckExtension.TryParse(leaf.Extensions.Others[PckExtension.Oid], out PckExtension? pck, out string? fault), fault);
        Assert.Equal(facts.GetProperty("fmspc").GetString(), Convert.ToHexString(pck.Fmspc.Span));
        Assert.Equal(facts.GetProperty("pceid").GetString(), Convert.ToHexString(pck.PceId.Span));
        Assert.Equal(facts.GetProperty("pcesvn").GetUInt16(), pck.PceSvn);
        Assert.Equal(facts.GetProperty("tcb_components").EnumerateArray().Select(c => c.GetByte()), pck.TcbComponents.ToArray());
    }

    private static async Task<string> ListAsync(string folder, string file, ReadOnlyMemory<byte> der)
    {
        string path = Path.Combine(folder, file);
        await File.WriteAllBytesAsync(path, der.ToArray(), TestContext.Current.CancellationToken);
        (int exit, string output) = await RunAsync("crl", "-inform", "DER", "-in", path);
        Assert.Equal(0, exit);
        return output;
    }

    private static async Task<string> WriteAsync(string folder, string file, string content)
    {
        string path = Path.Combine(folder, file);
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
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
        return (process.ExitCode, process.ExitCode == 0 ? output : output + await error);
    }
}
