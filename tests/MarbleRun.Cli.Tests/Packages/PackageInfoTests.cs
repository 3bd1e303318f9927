using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Packages;

public sealed class PackageInfoTests : IDisposable
{
    private static readonly string s_measurement = string.Concat(Enumerable.Repeat("ab", 32));
    private static readonly byte[] s_signed = SigStructBuilder.Create();

    private readonly TemporaryDirectory _folder = new();

    private static string Signer => Convert.ToHexStringLower(SHA256.HashData(s_signed.AsSpan(128, 384)));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(".oeinfo", "openEnclave")]
    [InlineData(".note.sgxmeta", "gramine")]
    public async Task Run_SignedElf_ShowsItsProperties(string section, string kind)
    {
        string path = Write("app", SigStructBuilder.Elf(section, [1, 2, 3, .. s_signed, 4]));

        Transcript text = await Transcript.RunAsync("package-info", path);
        Transcript json = await Transcript.RunAsync("package-info", path, "--format", "json");

        Assert.Equal((0, string.Empty), (text.ExitCode, text.Error));
        Assert.Equal(
            $"PackageProperties for '{path}':\nUniqueID (MRENCLAVE)      : {s_measurement}\nSignerID (MRSIGNER)       : {Signer}\n"
            + "ProductID (ISVPRODID)     : 7\nSecurityVersion (ISVSVN)  : 300\n",
            text.Output);
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(kind, document.RootElement.GetProperty("kind").GetString());
        Assert.True(document.RootElement.GetProperty("signatureValid").GetBoolean());
        Assert.False(document.RootElement.GetProperty("debug").GetBoolean());
    }

    [Fact]
    public async Task Run_GramineFolderAndFile_ShowTheSignature()
    {
        string path = Write("gramine/app.sig", s_signed);

        Transcript folder = await Transcript.RunAsync("package-info", _folder.File("gramine"));
        Transcript file = await Transcript.RunAsync("package-info", path);

        Assert.StartsWith(
            $"Detected Gramine instance.\nPackageProperties for Gramine instance at '{_folder.File("gramine")}':\n",
            folder.Output,
            StringComparison.Ordinal);
        Assert.StartsWith($"PackageProperties for '{path}':\n", file.Output, StringComparison.Ordinal);

        Write("gramine/other.sig", s_signed);
        Transcript two = await Transcript.RunAsync("package-info", _folder.File("gramine"));

        Assert.Equal(1, two.ExitCode);
        Assert.Contains("Error - Gramine: found multiple .sig files\n", two.Error, StringComparison.Ordinal);
        Assert.EndsWith("Error: unable to determine enclave properties\n", two.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OcclumFolder_ShowsItsLibrary()
    {
        Write("occlum/build/lib/libocclum-libos.signed.so", SigStructBuilder.Elf(".note.sgxmeta", s_signed));

        Transcript shown = await Transcript.RunAsync("package-info", _folder.File("occlum"));

        Assert.StartsWith("Detected Occlum image.\nPackageProperties for Occlum image at ", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OcclumFolderWithADamagedLibrary_Fails()
    {
        Write("occlum/build/lib/libocclum-libos.signed.so", SigStructBuilder.Elf(".note.sgxmeta", new byte[100]));

        Transcript shown = await Transcript.RunAsync("package-info", _folder.File("occlum"));

        Assert.Equal((1, string.Empty), (shown.ExitCode, shown.Output));
        Assert.Contains("Error - Occlum / SGX SDK: SGX metadata/SIGSTRUCT not found\n", shown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DotNetApp_ShowsTheMeasurementOfSimulation()
    {
        Transcript shown = await Transcript.RunAsync(
            "package-info", Path.Combine(AppContext.BaseDirectory, "marblerun.dll"), "--format", "json");

        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("Warning: this measurement is the one of simulation.", shown.Error, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(shown.Output);
        Assert.Equal("dotnet", document.RootElement.GetProperty("kind").GetString());
        Assert.Equal(64, document.RootElement.GetProperty("uniqueId").GetString()!.Length);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("signerId").ValueKind);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Run_DebugEnclaveOrForeignSignature_IsShownWithAWarning()
    {
        byte[] forged = [.. s_signed];
        forged[960] ^= 1;
        byte[] noKey = [.. s_signed];
        noKey.AsSpan(128, 384).Clear();

        Transcript debug = await Transcript.RunAsync("package-info", Write("debug.sig", SigStructBuilder.Create(debug: true)));
        Transcript changed = await Transcript.RunAsync("package-info", Write("forged.sig", forged));
        Transcript zero = await Transcript.RunAsync("package-info", Write("nokey.sig", noKey));

        Assert.Equal("Warning: this is a debug enclave: the host can read its memory.\n", debug.Error);
        Assert.All(
            [changed, zero],
            shown => Assert.Equal(
                "Warning: the signature is not the signer's, so that hardware does not start this enclave.\n", shown.Error));
    }

    [Fact]
    public async Task Run_IncompleteStructures_AreNotTaken()
    {
        byte[] noSecond = [.. s_signed];
        noSecond[24] = 0;
        byte[] elsewhere = [.. noSecond];
        s_signed.AsSpan(24, 16).CopyTo(elsewhere.AsSpan(1500));

        Transcript small = await Transcript.RunAsync("package-info", Write("a.sig", s_signed[..^1]));
        Transcript none = await Transcript.RunAsync("package-info", Write("b.sig", noSecond));
        Transcript moved = await Transcript.RunAsync("package-info", Write("c.sig", elsewhere));
        Transcript second = await Transcript.RunAsync("package-info", Write("d.sig", [.. noSecond, .. s_signed]));

        Assert.Contains("appears to be too small", small.Error, StringComparison.Ordinal);
        Assert.All([small, none, moved], shown => Assert.Equal(1, shown.ExitCode));
        Assert.Equal(0, second.ExitCode);
    }

    /// <summary>Every field of the ELF headers with values that point outside, and every length of the file.</summary>
    [Fact]
    [Trait("Security", "E9")]
    public async Task Run_HostileElf_NeverCrashes()
    {
        byte[] whole = SigStructBuilder.Elf(".oeinfo", [.. s_signed[..1807]]);
        int table = (int)BinaryPrimitives.ReadUInt64LittleEndian(whole.AsSpan(40));
        IEnumerable<int> fields =
        [
            .. Enumerable.Range(0, 8).Select(i => 40 + 3 * i), .. Enumerable.Range(0, 24).Select(i => table + 8 * i),
        ];
        foreach (int field in fields.Where(f => f + 8 <= whole.Length))
        {
            foreach (ulong value in (ulong[])[0, 1, (ulong)whole.Length, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue])
            {
                byte[] wild = [.. whole];
                BinaryPrimitives.WriteUInt64LittleEndian(wild.AsSpan(field), value);
                // A section that is said to be longer can contain the bytes that the structure lacks.
                Assert.InRange((await Transcript.RunAsync("package-info", Write("wild", wild))).ExitCode, 0, 1);
            }
        }

        for (int length = 0; length < whole.Length; length += 97)
        {
            Assert.InRange((await Transcript.RunAsync("package-info", Write("short", whole[..length]))).ExitCode, 0, 1);
        }
    }

    [Fact]
    public async Task Run_PathThatDoesNotExist_SaysSo()
    {
        Transcript missing = await Transcript.RunAsync("package-info", _folder.File("missing"));
        Transcript empty = await Transcript.RunAsync("package-info", string.Empty);

        Assert.Equal((2, $"Error: {_folder.File("missing")} does not exist.\n"), (missing.ExitCode, missing.Error));
        Assert.Equal(2, empty.ExitCode);
    }

    private string Write(string name, byte[] content)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }
}
