using System.Text.Json;
using MarbleRun.Audit;

namespace MarbleRun.Cli.Tests.Audit;

/// <summary>The trails of several Coordinators, verified together.</summary>
public sealed class AuditTrailsTests : IDisposable
{
    private static readonly DateTimeOffset s_start = new(2031, 5, 6, 7, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("marblerun-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Verify_TrailsThatContainTheirHeads_AreIntact()
    {
        AuditHead[] a = Write("a", 0, 2);
        AuditHead[] b = Write("b", 1);

        Transcript run = await VerifyAsync(
            "--heads", Heads(("a", a[0]), ("b", b[0])), "--trail", $"b={File("b")}", "--trail", $"a={File("a")}");

        Assert.Equal(
            $"a: The trail is intact: records 1 to 2.\na: head {a[1].Hash}\nb: The trail is intact: records 1 to 1.\nb: head {b[0].Hash}\n",
            run.Output);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Verify_TrailThatTheHeadsNameIsMissing_EndsWith1AndNamesIt()
    {
        AuditHead[] a = Write("a", 0);

        Transcript run = await VerifyAsync(
            "--heads", Heads(("a", a[0]), ("b", new AuditHead(7, new string('b', 64)))), "--trail", $"a={File("a")}");

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith("\nb: The trail is missing: the heads name its record 7.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Verify_TrailCutOffBeforeItsHead_EndsWith1AndTheOthersAreIntact()
    {
        AuditHead[] a = Write("a", 0);
        AuditHead[] b = Write("b", 1, 2, 3);
        await System.IO.File.WriteAllLinesAsync(
            File("b"), (await System.IO.File.ReadAllLinesAsync(File("b"), Cancellation))[..2], Cancellation);

        Transcript run = await VerifyAsync(
            "--heads", Heads(("a", a[0]), ("b", b[2])), "--trail", $"a={File("a")}", "--trail", $"b={File("b")}");

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("a: The trail is intact: records 1 to 1.\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"b: {File("b")}:2: no line has the hash {b[2].Hash}: the trail was cut off", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("b: The trail was changed; faults: 1, lines: 2.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_TrailThatTheHeadsDoNotName_SaysWhatIsNotKnown()
    {
        Write("a", 0);

        Transcript run = await VerifyAsync("--heads", Heads(), "--trail", $"a={File("a")}");

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith(
            "a: The heads do not name this trail: whether records at its end were removed is not known.\n",
            run.Output,
            StringComparison.Ordinal);
    }

    /// <summary>The clock of one machine is ahead, and was set back.</summary>
    [Fact]
    public async Task Verify_Merged_KeepsTheOrderOfEachTrailAndSortsByTimeBetweenThem()
    {
        Write("a", 0, 50, 20, 60);
        Write("b", 10, 20, 30);

        Transcript text = await VerifyAsync("--trail", $"a={File("a")}", "--trail", $"b={File("b")}", "--merge");
        Transcript json = await VerifyAsync("--trail", $"a={File("a")}", "--trail", $"b={File("b")}", "--merge", "--format", "json");

        string[] order = ["a 1", "b 1", "b 2", "b 3", "a 2", "a 3", "a 4"];
        Assert.Equal(order, text.Output.TrimEnd('\n').Split('\n')[^7..].Select(line => line[..3]));
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(order, document.RootElement.GetProperty("records").EnumerateArray().Select(
            r => $"{r.GetProperty("replica").GetString()} {r.GetProperty("record").GetProperty("seq").GetInt64()}"));
        Assert.Equal(
            ["intact", "intact"],
            document.RootElement.GetProperty("trails").EnumerateArray().Select(t => t.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Verify_TrailInSeveralParts_IsOneTrail()
    {
        AuditHead[] heads = Write("a", 0, 1, 2);
        string[] lines = await System.IO.File.ReadAllLinesAsync(File("a"), Cancellation);
        await System.IO.File.WriteAllLinesAsync(File("a1"), lines[..1], Cancellation);
        await System.IO.File.WriteAllLinesAsync(File("a2"), lines[1..], Cancellation);

        Transcript whole = await VerifyAsync("--trail", $"a={File("a1")}", "--trail", $"a={File("a2")}");
        Transcript rest = await VerifyAsync(
            "--trail", $"a={File("a2")}", "--after", $"a={heads[0].Hash}", "--expect-head", $"a={heads[1].Hash}");
        Transcript other = await VerifyAsync("--trail", $"a={File("a2")}", "--after", $"b={heads[0].Hash}");

        Assert.StartsWith("a: The trail is intact: records 1 to 3.\n", whole.Output, StringComparison.Ordinal);
        Assert.Equal((0, $"a: The trail is intact: records 2 to 3.\na: head {heads[2].Hash}\n"), (rest.ExitCode, rest.Output));
        Assert.Equal((2, "Error: --after names the trail b, which no --trail names.\n"), (other.ExitCode, other.Error));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"heads":[{"replica":"a","sequence":1,"hash":"short"}]}""")]
    [InlineData("""{"heads":[{"replica":"a","sequence":1}]}""")]
    [InlineData("""{"heads":[{"sequence":1}]}""")]
    public async Task Verify_ListOfHeadsOfAnotherForm_EndsWith2(string content)
    {
        Write("a", 0);
        await System.IO.File.WriteAllTextAsync(File("heads"), content, Cancellation);

        Transcript run = await VerifyAsync("--heads", File("heads"), "--trail", $"a={File("a")}");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(
            $"Error: The list of heads {File("heads")} is not what marblerun audit heads --format json prints: ",
            run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_FilesWithoutANameAndHeadsOfSeveral_AsksForTheName()
    {
        AuditHead[] a = Write("a", 0);

        Transcript run = await VerifyAsync(File("a"), "--heads", Heads(("a", a[0])));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Name the trail with --trail NAME=FOLDER.", run.Error, StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<Transcript> VerifyAsync(params string[] args) => Transcript.RunAsync(["audit", "verify", .. args]);

    private string File(string name) => Path.Combine(_folder, $"{name}.jsonl");

    /// <summary>Writes a trail with a record at each minute.</summary>
    private AuditHead[] Write(string name, params int[] minutes)
    {
        var heads = new List<AuditHead>();
        using FileStream file = System.IO.File.Create(File(name));
        foreach (int minute in minutes)
        {
            AuditHead last = heads.LastOrDefault() ?? AuditHead.Start;
            byte[] line = new AuditRecord(
                last.Sequence + 1, s_start.AddMinutes(minute), "manifest.set", AuditOutcome.Allowed, last.Hash).ToLine();
            heads.Add(new AuditHead(
                last.Sequence + 1, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(line))));
            file.Write([.. line, (byte)'\n']);
        }

        return [.. heads];
    }

    private string Heads(params (string Replica, AuditHead Head)[] heads)
    {
        System.IO.File.WriteAllText(
            File("heads"),
            JsonSerializer.Serialize(new
            {
                heads = heads.Select(h => new { replica = h.Replica, sequence = h.Head.Sequence, hash = h.Head.Hash }),
            }));
        return File("heads");
    }
}
