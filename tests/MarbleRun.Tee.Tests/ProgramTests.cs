namespace MarbleRun.Tee.Tests;

/// <summary>
/// The Coordinator and <c>marblerun selftest tee</c> as programs, outside simulation, with the shim that ships;
/// <see cref="LibraryOsTests"/> says what answers them. No platform signs here.
/// </summary>
public sealed class ProgramTests(ProgramTests.Programs programs) : IClassFixture<ProgramTests.Programs>
{
    private static readonly string[] s_checks =
    [
        "the self-test uses all calls",
        "the Coordinator starts and takes a manifest",
        "a key that fails refuses the start",
        "the mesh continues after a restart",
    ];

    public static TheoryData<string> Checks => [.. Names];

    private static IEnumerable<string> Names =>
        ((string[])["Gramine", "Occlum"]).SelectMany(world => s_checks.Select(check => $"{world}: {check}"));

    [Theory]
    [MemberData(nameof(Checks))]
    public void Program_Check_Holds(string check) => programs.Run.AssertHolds(check);

    /// <inheritdoc cref="LibraryOsTests.LibraryOs_ToTheEnd_ReportsExactlyTheseChecks"/>
    [Fact]
    public void Program_ToTheEnd_ReportsExactlyTheseChecks() => programs.Run.AssertReported(Names);

    /// <summary>One run of the script for all checks.</summary>
    public sealed class Programs : IAsyncLifetime
    {
        private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

        internal CheckRun Run { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Run = await CheckRun.RunAsync(
            "fuse/programs",
            [Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"), Path.Combine(AppContext.BaseDirectory, "marblerun.dll")],
            s_limit);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
