using System.Text;
using MarbleRun.Coordinator.Manifests;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>The values of a text are counted as they would be read, without reading it.</summary>
public sealed class ManifestSizeTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("7", 0)]
    [InlineData("{}", 1)]
    [InlineData("{\"a\":1,\"b\":[1,2,3]}", 5)]
    [InlineData("[[[", 3)]
    [InlineData(",,,,", 4)]
    [InlineData("{\"a,b{[\":\"c,d\"}", 1)]
    [InlineData("{\"a\\\",b\":\"\\\\\",\"c\":1}", 2)]
    [InlineData("[\"open, and,", 1)]
    [InlineData("[\"open\\", 1)]
    public void CountValues_Text_IsTheNumberOfItsMembersAndElements(string json, int count) =>
        Assert.Equal(count, ManifestSize.CountValues(Encoding.UTF8.GetBytes(json)));
}
