using System.Collections.Immutable;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Tests.Build;

/// <summary>While developing, a build says which Coordinator a Marble obeys, and signs the manifest that it makes.</summary>
public sealed class DevelopmentTrustTests : IDisposable
{
    private const string Debug = "-property:Configuration=Debug";
    private const string Trust = "obj/marble-trust.json";

    private readonly TargetsFolder _package = new(
        """
        <Project>
          <PropertyGroup>
            <OutDir>out/</OutDir>
            <BaseIntermediateOutputPath>obj/</BaseIntermediateOutputPath>
            <IntermediateOutputPath>obj/</IntermediateOutputPath>
            <MarbleCoordinatorTrust>Development</MarbleCoordinatorTrust>
          </PropertyGroup>
          <ItemGroup>
            <MarbleProject Include="Service.proj" Package="service" />
          </ItemGroup>
          <Target Name="Publish" />
          <Target Name="CopyFilesToOutputDirectory" />
          <Import Project="package/build/MarbleRun.Sdk.targets" />
        </Project>
        """);

    public DevelopmentTrustTests()
    {
        File.WriteAllText(
            _package.Directory.File("Service.proj"),
            """
            <Project>
              <Target Name="Restore" />
              <Target Name="Build" />
              <Target Name="GetTargetFrameworks" Returns="@(Answer)">
                <ItemGroup><Answer Include="$(MSBuildProjectFullPath)" HasSingleTargetFramework="true" /></ItemGroup>
              </Target>
              <Target Name="GetTargetPath" Returns="$(MSBuildProjectDirectory)/out/App" />
            </Project>
            """);
        File.WriteAllText(
            _package.Directory.File("manifest.template.json"),
            """{ "Packages": { "service": {} }, "Marbles": { "service": { "Package": "service" } } }""");
    }

    private string KeyFile => Path.Combine(_package.Simulation, "owner-key.pem");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _package.Dispose();

    [Fact]
    public async Task Build_ForDeveloping_TrustsCoordinatorsOfThisMachineWithManifestsOfThisUser()
    {
        CoordinatorTrust trust = await BuildTrustAsync();
        var platform = SimulationPlatform.Open(_package.Simulation);

        Assert.True(trust.AllowsSimulation);
        Assert.False(trust.AllowsMarbleRun19);
        Assert.Equal(
            (platform.SignerId, 3, 1), trust.Packages.Select(p => (p.SignerId, (int)p.ProductId!, (int)p.SecurityVersion!)).Single());
        Assert.Single(trust.OwnerKeys);
        Assert.Contains(
            Trust, await RequireAsync("-target:EmbedMarbleTrust", "-getItem:EmbeddedResource", Debug), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "G8")]
    [InlineData("-property:Configuration=Release")]
    [InlineData(Debug, "-property:_IsPublishing=true")]
    public async Task Build_OfWhatIsReleasedOrPublished_DoesNotTrustASimulation(params string[] properties)
    {
        (int exitCode, string output) = await _package.BuildAsync(["-target:EmbedMarbleTrust", .. properties]);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            "error MARBLE002: MarbleCoordinatorTrust is Development, which allows simulation: it is for builds of Debug that are not "
            + "published.",
            output,
            StringComparison.Ordinal);
        Assert.False(File.Exists(_package.Directory.File(Trust)));
    }

    [Fact]
    public async Task Manifest_OfABuildForDeveloping_IsSignedByTheOwnerWhomMarblesTrust()
    {
        CoordinatorTrust trust = await BuildTrustAsync();
        await RequireAsync("-target:CopyFilesToOutputDirectory", Debug);
        byte[] signatures = await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.signatures.json"), Cancellation);
        await RequireAsync("-target:CopyFilesToOutputDirectory", Debug);
        byte[] manifest = await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.json"), Cancellation);
        ImmutableArray<ManifestSignature> read = ManifestSignatures.Parse(signatures);

        Assert.True(
            ManifestSignatures.Verify(read, Manifest.ComputeFingerprint(manifest), trust.OwnerKeys, 0, DateTimeOffset.UtcNow).IsAccepted);
        Assert.Equal(signatures, await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.signatures.json"), Cancellation));
    }

    [Fact]
    public async Task Manifest_ThatChanged_IsSignedAgain()
    {
        CoordinatorTrust trust = await BuildTrustAsync();
        await RequireAsync("-target:CopyFilesToOutputDirectory", Debug);
        await RequireAsync("-target:CopyFilesToOutputDirectory", Debug, "-property:MarbleManifestPin=measurement");
        byte[] manifest = await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.json"), Cancellation);
        byte[] signatures = await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.signatures.json"), Cancellation);

        Assert.True(ManifestSignatures
            .Verify(
                ManifestSignatures.Parse(signatures),
                Manifest.ComputeFingerprint(manifest),
                trust.OwnerKeys,
                0,
                DateTimeOffset.UtcNow).IsAccepted);
    }

    [Fact]
    public async Task Manifest_OfARelease_HasNoSignatureAndMakesNoKey()
    {
        await RequireAsync("-target:CopyFilesToOutputDirectory", "-property:Configuration=Release", "-property:MarbleCoordinatorTrust=");

        Assert.True(File.Exists(_package.Directory.File("out/manifest.json")));
        Assert.False(File.Exists(_package.Directory.File("out/manifest.signatures.json")));
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public async Task OwnerKey_ThatOthersMayRead_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        await BuildTrustAsync();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        (int exitCode, string output) = await _package.BuildAsync("-target:EmbedMarbleTrust", Debug);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            $"error MARBLE001: Other users can read the owner's development key. Run: chmod 600 '{KeyFile}'",
            output,
            StringComparison.Ordinal);
    }

    private async Task<CoordinatorTrust> BuildTrustAsync()
    {
        await RequireAsync("-target:EmbedMarbleTrust", Debug);
        return CoordinatorTrust.Parse(await File.ReadAllBytesAsync(_package.Directory.File(Trust), Cancellation));
    }

    private async Task<string> RequireAsync(params string[] arguments)
    {
        (int exitCode, string output) = await _package.BuildAsync(arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
