using System.Security.Cryptography;

namespace MarbleRun.Tee.Tests;

/// <summary>
/// The shim extends the registers of a TD through tsm-mr of Linux 7, with a provider of ours behind it (kernel/registers.h). In the long
/// run only: the kernel of another Debian is 50 MB.
/// </summary>
public sealed class RegisterTests(RegisterTests.Machine machine) : IClassFixture<RegisterTests.Machine>
{
    private const string Variable = "MARBLERUN_TEE_REGISTERS";

    private static readonly string[] s_names =
    [
        "TDX: the shim finds the registers",
        "TDX: the next quote has the extended register 3",
        "TDX: an extension of register 2 changes no other",
        "TDX: digests of other sizes are refused",
        "TDX: other registers are refused",
        "TDX: Linux refuses a short write",
        "TDX: a user without root is denied an extension",
        "SNP: there are no registers",
        "Linux: the kernel has nothing to report",
    ];

    public static IEnumerable<TheoryDataRow<string>> Checks => s_names.Select(n => new TheoryDataRow<string>(n));

    [Theory]
    [MemberData(nameof(Checks))]
    public void Register_Check_Holds(string check) => machine.Run.AssertHolds(check);

    /// <remarks>So that no check vanishes, and none is added that nothing looks at.</remarks>
    [Fact]
    public void Registers_ToTheEnd_ReportExactlyTheseChecks() => machine.Run.AssertReported(s_names);

    [Fact]
    public void Register_ExtendedTwice_IsTheHashOfItsValueAndTheDigest()
    {
        machine.Run.SkipIfMissing();
        const string Prefix = "# rtmr3 ";
        string[] values =
            [.. machine.Run.Output.Split('\n').Where(l => l.StartsWith(Prefix, StringComparison.Ordinal)).Select(l => l[Prefix.Length..])];

        var register = new byte[SHA384.HashSizeInBytes];
        var expected = new List<string> { Convert.ToHexStringLower(register) };
        foreach (int first in (int[])[1, 101])
        {
            byte[] digest = [.. Enumerable.Range(first, SHA384.HashSizeInBytes).Select(n => (byte)n)];
            register = SHA384.HashData([.. register, .. digest]);
            expected.Add(Convert.ToHexStringLower(register));
        }

        Assert.Equal(expected, values);
    }

    /// <summary>One start of the virtual machine for all checks.</summary>
    public sealed class Machine : IAsyncLifetime
    {
        private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(8);

        internal CheckRun Run { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Run = Environment.GetEnvironmentVariable(Variable) == "1"
                ? await CheckRun.RunAsync("guest/run", [Shim.Library, "registers"], s_limit, "registers")
                : CheckRun.Skipped($"the long run has Linux 7; {Variable}=1 starts it.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
