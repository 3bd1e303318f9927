namespace MarbleRun.Tee.Tests;

/// <summary>
/// The whole path: in a virtual machine the launcher gets evidence through Linux's configfs-tsm, a Coordinator outside simulation verifies
/// it, and the launcher becomes the service. What the hardware would sign, the test signs (<see cref="EvidenceSigner"/>).
/// </summary>
public sealed class MeshInTheGuestTests(MeshInTheGuest mesh) : IClassFixture<MeshInTheGuest>
{
    [Theory]
    [InlineData("tdx_guest")]
    [InlineData("sev_guest")]
    public void Service_WithEvidenceOfTheTrustedRoot_StartsWithTheSecretOfTheManifest(string provider)
    {
        (int exitCode, string output) = Result(provider, "trusted");

        Assert.True(exitCode == 0, output);
        Assert.Equal(64, mesh.Secret.Length);
        Assert.Contains($"the secret is {mesh.Secret}\nthe user is 1000:1000", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tdx_guest", "unsigned", "quote.structure: expected quoting enclave vendor ")]
    [InlineData("sev_guest", "unsigned", "report.structure: expected signature algorithm 1 ")]
    [InlineData("tdx_guest", "other", "chain.root: ")]
    [InlineData("sev_guest", "other", "chain.path: ")]
    public void Service_WithEvidenceThatNoTrustedRootSigned_IsRefusedAndDoesNotStart(string provider, string phase, string reason)
    {
        (int exitCode, string output) = Result(provider, phase);

        Assert.Equal(1, exitCode);
        Assert.Contains($"(PermissionDenied: marble verification failed: invalid quote: {reason}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the secret is", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernel_AfterAll_HasNothingToReport() => mesh.Run.AssertHolds("Linux: the kernel has nothing to report");

    [Fact]
    public void Machine_WhoseFirstProcessIsTheLauncher_BecomesTheServiceWithTheSecretOfTheManifest()
    {
        string output = OutputOf(mesh.Machine);

        Assert.Contains(
            $"the process is 1\nthe secret is {mesh.Secret}\nthe user is 0:0\nargument 0 is /service\nargument 1 is of the manifest\n"
            + "the variable signer_port is not there\nNoNewPrivs:\t1\n",
            output,
            StringComparison.Ordinal);
        foreach (string place in (string[])["proc /proc", "sysfs /sys", "devtmpfs /dev", "tmpfs /run", "tmpfs /tmp"])
        {
            Assert.Contains($"\nmount {place} {place.Split(' ')[0]} rw,nosuid", output, StringComparison.Ordinal);
        }

        Assert.Contains("\nmount configfs /sys/kernel/config configfs rw,nosuid,nodev,noexec", output, StringComparison.Ordinal);
        AssertIsOff(output);
    }

    [Fact]
    public void Machine_WhoseLauncherTrustsAnotherCoordinator_SaysSoAndPowersOff()
    {
        string output = OutputOf(mesh.MachineOfAnother);

        Assert.Contains("\nmarblerun-premain: ", output, StringComparison.Ordinal);
        Assert.Contains(" is not trusted by this Marble, and nothing from it was applied: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the secret is", output, StringComparison.Ordinal);
        AssertIsOff(output);
    }

    private static string OutputOf(CheckRun machine)
    {
        machine.SkipIfMissing();
        return machine.Output;
    }

    /// <remarks>QEMU ends after a panic too.</remarks>
    private static void AssertIsOff(string output)
    {
        Assert.Contains("reboot: Power down", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Kernel panic", output, StringComparison.Ordinal);
    }

    /// <summary>What the program printed for this provider, and how it ended.</summary>
    private (int ExitCode, string Output) Result(string provider, string phase)
    {
        mesh.Run.SkipIfMissing();
        string[] lines = mesh.Run.Output.Split('\n');
        int from = Array.IndexOf(lines, $"== {provider} {phase}");
        int to = Array.FindIndex(lines, from + 1, l => l.StartsWith("== exit code ", StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, mesh.Run.Output);
        return (int.Parse(lines[to].Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture), string.Join('\n', lines[from..to]));
    }
}
