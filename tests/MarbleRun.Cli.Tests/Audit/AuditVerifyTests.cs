using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MarbleRun.Audit;

namespace MarbleRun.Cli.Tests.Audit;

/// <summary>The example of <c>docs/audit.md</c>, and what somebody may do to it.</summary>
public sealed partial class AuditVerifyTests : IDisposable
{
    private static readonly string s_document = File.ReadAllText(Locate("docs/audit.md"));
    private static readonly string[] s_lines = Block("```jsonl\n").Split('\n');
    private static readonly string s_head = Block("without the line feed:\n\n```text\n");

    private readonly string _folder = Directory.CreateTempSubdirectory("marblerun-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Verify_ExampleOfTheDocument_IsIntactAndHasItsHead()
    {
        Transcript run = await Transcript.RunAsync("audit", "verify", Write("a", s_lines), "--expect-head", s_head.ToUpperInvariant());

        Assert.Equal(0, run.ExitCode);
        Assert.Equal($"The trail is intact: records 1 to 3.\nhead {s_head}\n", run.Output);
        Assert.Empty(run.Error);
    }

    /// <summary>Everything that the document's table says, by other means than the product's.</summary>
    [Fact]
    public void Example_OfTheDocument_IsWrittenAsItSays()
    {
        string previous = new('0', 64);
        foreach (string line in s_lines)
        {
            Assert.Matches(Line(), line);
            Assert.EndsWith($",\"prev\":\"{previous}\"}}", line, StringComparison.Ordinal);
            Assert.True(AuditRecord.TryParse(Encoding.ASCII.GetBytes(line), out _));
            previous = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(line)));
        }

        Assert.Equal(s_head, previous);
    }

    [Fact]
    public async Task Verify_WithoutAnExpectedHead_SaysWhatItIsGoodFor()
    {
        Transcript run = await Transcript.RunAsync("audit", "verify", Write("a", s_lines[..1]), Write("b", s_lines[1..]));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            $"The trail is intact: records 1 to 3.\nhead {s_head}\n"
            + "Store the head elsewhere: --expect-head then detects whether records were removed, or the last one changed.\n",
            run.Output);
    }

    [Fact]
    public async Task Verify_RecordRemoved_EndsWith1AndNamesTheLine()
    {
        string file = Write("a", [s_lines[0], s_lines[2]]);

        Transcript run = await Transcript.RunAsync("audit", "verify", file);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            $"{file}:2: record 3 follows record 1: record 2 is missing\nThe trail was changed; faults: 1, lines: 2.\n", run.Output);
    }

    [Fact]
    public async Task Verify_RecordChanged_EndsWith1AndNamesTheLineAfterIt()
    {
        string file = Write("a", [s_lines[0], s_lines[1].Replace("admin", "nimda", StringComparison.Ordinal), s_lines[2]]);

        Transcript run = await Transcript.RunAsync("audit", "verify", file);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"{file}:3: record 3 was written after a line with the hash ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_EndCutOff_EndsWith1ForTheHeadThatWasKept()
    {
        string file = Write("a", s_lines[..2]);

        Transcript run = await Transcript.RunAsync("audit", "verify", file, "--expect-head", s_head);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"{file}:2: no line has the hash {s_head}: the trail was cut off", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_BeginningKeptElsewhere_IsIntactAfterItsHead()
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(s_lines[0])));
        string file = Write("a", s_lines[1..]);

        Transcript run = await Transcript.RunAsync("audit", "verify", file, "--after", hash, "--expect-head", hash);
        Transcript without = await Transcript.RunAsync("audit", "verify", file);

        Assert.Equal((0, $"The trail is intact: records 2 to 3.\nhead {s_head}\n"), (run.ExitCode, run.Output));
        Assert.Equal(1, without.ExitCode);
        Assert.StartsWith($"{file}:1: record 2 is the first one here: record 1 is missing\n", without.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_RecordInTheMiddleOfBeingWritten_IsReportedAndIntact()
    {
        string file = Write("a", s_lines);
        await File.AppendAllTextAsync(file, "{\"seq\":4", TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("audit", "verify", file, "--expect-head", s_head);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("8 bytes after them are an unfinished record", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_EmptyFile_HasNoRecord()
    {
        Transcript run = await Transcript.RunAsync("audit", "verify", Write("a", []));

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"The trail is intact: it has no records.\nhead {new string('0', 64)}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_Folder_ReadsItsFilesInTheirOrder()
    {
        Write("audit-00000000000000000003.jsonl", s_lines[2..]);
        Write("audit-00000000000000000001.jsonl", s_lines[..2]);
        Write("lock", []);

        Transcript run = await Transcript.RunAsync("audit", "verify", _folder, "--expect-head", s_head);

        Assert.Equal((0, $"The trail is intact: records 1 to 3.\nhead {s_head}\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Verify_FolderWithoutATrail_SaysWhichFolderItIs()
    {
        Transcript run = await Transcript.RunAsync("audit", "verify", _folder);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(
            $"Error: The folder {_folder} has no file of an audit trail (audit-*.jsonl).", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audit")]
    [InlineData("audit", "verify")]
    [InlineData("audit", "verify", "missing.jsonl")]
    [InlineData("audit", "verify", "missing.jsonl", "--expect-head", "abc")]
    [InlineData("audit", "verify", "missing.jsonl", "--after", "xyz")]
    [InlineData("audit", "verify", "missing.jsonl", "--trail", "a=missing.jsonl")]
    [InlineData("audit", "verify", "--trail", "missing.jsonl")]
    [InlineData("audit", "verify", "--trail", "=missing.jsonl")]
    [InlineData("audit", "verify", "--trail", "a=missing.jsonl")]
    public async Task Run_WrongArgumentsOrFiles_EndsWith2(params string[] args)
    {
        Transcript run = await Transcript.RunAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Error: ", run.Error, StringComparison.Ordinal);
    }

    private static string Block(string opening)
    {
        int start = s_document.IndexOf(opening, StringComparison.Ordinal) + opening.Length;
        return s_document[start..s_document.IndexOf("\n```", start, StringComparison.Ordinal)];
    }

    private static string Locate(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "MarbleRun.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(
            folder ?? throw new InvalidOperationException("These tests read a document; run them from a build inside the checkout."), name);
    }

    private string Write(string name, string[] lines)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
        return path;
    }

    [GeneratedRegex(
        """^\{"seq":[1-9][0-9]*,"time":"[0-9-]{10}T[0-9:]{8}\.[0-9]{7}Z","action":"[a-z.]+","user":(null|"[ -~]*"),"certificate":(null|"[0-9a-f]{64}"),"outcome":"""
        + """("allowed"|"denied"|"failed"),"details":\{[ -~]*\},"prev":"[0-9a-f]{64}"\}$""")]
    private static partial Regex Line();
}
