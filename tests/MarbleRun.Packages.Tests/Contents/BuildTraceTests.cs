using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Text;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Contents;

/// <summary>No file says on which machine it was built.</summary>
[Trait("Security", "G12")]
public sealed class BuildTraceTests
{
    private static readonly string[] s_machine =
    [
        RepositoryFiles.Root + "/",
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/",
        "/tmp/",
    ];

    public static TheoryData<string> Ids => [.. PackageArchive.Ids];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Package_OfTheFeed_HasNoPathOfTheMachine(string id)
    {
        IEnumerable<KeyValuePair<string, byte[]>> files =
        [
            .. PackageArchive.Package(id).Files,
            .. PackageArchive.Symbols(id)?.Files ?? new Dictionary<string, byte[]>(),
        ];

        Assert.Empty(files.SelectMany(f => BuildTraces.Find(f.Key, f.Value, s_machine).Select(word => $"{f.Key}: {word}")));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task BillOfMaterials_OfAPackage_HasNoPathOfTheMachine(string id)
    {
        byte[] bill = await File.ReadAllBytesAsync(PackageArchive.FileOf(id, "cdx.json"), TestContext.Current.CancellationToken);

        Assert.Empty(BuildTraces.Find("cdx.json", bill, s_machine));
    }

    [Fact]
    public void Find_PathInSymbols_IsSeen()
    {
        // Symbols store a path in pieces, so that its bytes are not found in one.
        byte[] symbols = SymbolsOf("/home/somebody/repository/src/a.cs");

        Assert.True(symbols.AsSpan().IndexOf("/home/somebody/"u8) < 0);
        Assert.Equal(["/home/somebody/"], BuildTraces.Find("a.pdb", symbols, ["/home/somebody/", "/no/such/folder/"]));
    }

    [Fact]
    public void Find_PathOfTheRepositoryInADeterministicBuild_IsNone() =>
        Assert.Empty(BuildTraces.Find("a.txt", "/_/src/a.cs"u8.ToArray(), ["/src/"]));

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public void Find_PathInAnyBytes_IsSeen(string encoding) =>
        Assert.Equal(["/tmp/"], BuildTraces.Find("a.txt", Encoding.GetEncoding(encoding).GetBytes("x/tmp/y"), ["/tmp/", "/home/"]));

    private static byte[] SymbolsOf(string document)
    {
        var metadata = new MetadataBuilder();
        metadata.AddDocument(metadata.GetOrAddDocumentName(document), default, default, default);
        var image = new BlobBuilder();
        new PortablePdbBuilder(metadata, [.. new int[MetadataTokens.TableCount]], default).Serialize(image);
        return image.ToArray();
    }
}
