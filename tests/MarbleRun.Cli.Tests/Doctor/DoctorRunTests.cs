using System.Text.Json;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>A check that fails or hangs is a line; the report has two forms and an exit code.</summary>
public sealed class DoctorRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_CheckThatThrows_IsALineAndTheOthersAreMade()
    {
        DoctorReport report = await RunAsync(new FakeMachine(), new ThrowingCheck(), new FixedCheck(FindingLevel.Good));

        Assert.Equal([FindingLevel.Warning, FindingLevel.Good], report.Findings.Select(f => f.Level));
        Assert.Equal("the check could not be made: InvalidTimeZoneException: broken", report.Findings[0].Found);
    }

    [Fact]
    public async Task Run_CheckThatHangs_EndsAtItsLimit()
    {
        var machine = new FakeMachine();
        var hanging = new HangingCheck(machine.Time);

        DoctorReport report = await RunAsync(machine, hanging, new FixedCheck(FindingLevel.Good));

        Assert.Equal("the check did not end within 5 s", report.Findings[0].Found);
        Assert.Equal(FindingLevel.Good, report.Findings[1].Level);
        await hanging.Cancelled.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancellation);
    }

    [Fact]
    public async Task Run_Cancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DoctorRun.RunAsync([new FixedCheck(FindingLevel.Good)], new FakeMachine(), new DoctorOptions(), cancelled.Token));
    }

    [Theory]
    [InlineData(0, FindingLevel.Good, FindingLevel.Good)]
    [InlineData(1, FindingLevel.Warning, FindingLevel.Good)]
    [InlineData(2, FindingLevel.Warning, FindingLevel.Error)]
    internal async Task ExitCode_IsTheWorstLevel(int exitCode, FindingLevel first, FindingLevel second) =>
        Assert.Equal(exitCode, (await RunAsync(new FakeMachine(), new FixedCheck(first), new FixedCheck(second))).ExitCode);

    [Fact]
    public async Task Text_HasAMarkForEachLevel_AndWhatToDo()
    {
        DoctorReport report = await RunAsync(
            new FakeMachine(), new FixedCheck(FindingLevel.Good), new FixedCheck(FindingLevel.Warning), new FixedCheck(FindingLevel.Error));
        var text = new StringWriter { NewLine = "\n" };

        report.WriteText(text);

        Assert.Equal(
            """
            Disk
              √ disk.test  found
              ‼ disk.test  found
                  expected: expected
                  remedy:   remedy
                  see:      docs/audit.md
              × disk.test  found
                  expected: expected
                  remedy:   remedy
                  see:      docs/audit.md

            1 good, 1 warning, 1 error

            """,
            text.ToString());
    }

    [Fact]
    public async Task Json_HasEachFinding()
    {
        DoctorReport report = await RunAsync(new FakeMachine(), new FixedCheck(FindingLevel.Good), new FixedCheck(FindingLevel.Error));

        using var json = JsonDocument.Parse(JsonText.Write(writer =>
        {
            writer.WriteStartObject();
            report.WriteJson(writer);
            writer.WriteEndObject();
        }));

        Assert.Equal(2, json.RootElement.GetProperty("exitCode").GetInt32());
        JsonElement[] findings = [.. json.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Equal(["good", "error"], findings.Select(f => f.GetProperty("level").GetString()));
        Assert.False(findings[0].TryGetProperty("remedy", out _));
        Assert.Equal("remedy", findings[1].GetProperty("remedy").GetString());
        Assert.Equal("disk", findings[1].GetProperty("group").GetString());
    }

    [Fact]
    public async Task Command_OnThisMachine_EndsWithItsReport()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("marblerun-doctor-");
        try
        {
            Transcript transcript = await Transcript.RunAsync("doctor", "--folder", folder.FullName, "--format", "json");

            using var json = JsonDocument.Parse(transcript.Output);
            Assert.Equal(transcript.ExitCode, json.RootElement.GetProperty("exitCode").GetInt32());
            Assert.InRange(transcript.ExitCode, 0, 2);
            Assert.Contains(
                "disk.fsync", json.RootElement.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("id").GetString()));
            Assert.Empty(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<DoctorReport> RunAsync(IMachine machine, params DoctorCheck[] checks) =>
        DoctorRun.RunAsync(checks, machine, new DoctorOptions(), Cancellation);

    private sealed class FixedCheck(FindingLevel level) : SimpleCheck("disk.test", "a test", "docs/audit.md")
    {
        protected override Finding? Look(Examination examination) => level switch
        {
            FindingLevel.Good => Good("found"),
            FindingLevel.Warning => Warn("found", "expected", "remedy"),
            _ => Fail("found", "expected", "remedy"),
        };
    }

    private sealed class ThrowingCheck() : SimpleCheck("disk.test", "a test", "docs/audit.md")
    {
        protected override Finding? Look(Examination examination) => throw new InvalidTimeZoneException("broken");
    }

    private sealed class HangingCheck(Microsoft.Extensions.Time.Testing.FakeTimeProvider time)
        : DoctorCheck("disk.test", "a test", "docs/audit.md")
    {
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Cancelled => _cancelled.Task;

        public override TimeSpan Limit => TimeSpan.FromSeconds(5);

        public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
        {
            using CancellationTokenRegistration registration = cancellationToken.Register(_cancelled.SetResult);

            // The limit is armed before the check runs or after; the clock goes on until it ends.
            while (!_cancelled.Task.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(6));
                await Task.Yield();
            }

            return [];
        }
    }
}
