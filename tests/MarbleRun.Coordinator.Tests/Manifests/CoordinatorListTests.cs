using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Manifests;

namespace MarbleRun.Coordinator.Tests.Manifests;

public sealed class CoordinatorListTests
{
    private static readonly PackageProperties s_code = new() { UniqueId = new string('a', 64) };
    private static readonly PackageProperties s_other = new() { UniqueId = new string('b', 64) };

    public static TheoryData<string, bool> Changes => new()
    {
        { "nothing", false },
        { "first entry", false },
        { "another entry", false },
        { "another name", false },
        { "no entry", true },
        { "other code", true },
        { "higher security version", true },
        { "machines", true },
        { "more machines", false },
        { "fewer machines", true },
        { "all machines", false },
        { "machine denied", true },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void AreFewer_Change_IsTrueIfSomethingIsAcceptedNoMore(string change, bool expected)
    {
        (PackageProperties[] old, PackageProperties[] next) = change switch
        {
            "nothing" => ([s_code], [s_code]),
            "first entry" => ([], [s_code]),
            "another entry" => ([s_code], [s_other, s_code]),
            "another name" => ([s_code, s_other], [s_other, s_code]),
            "no entry" => ([s_code], []),
            "other code" => ([s_code], [s_other]),
            "higher security version" => (On(s_code with { SecurityVersion = 1 }), On(s_code with { SecurityVersion = 2 })),
            "machines" => ([s_code], On("1")),
            "more machines" => (On("1"), On("2", "1")),
            "fewer machines" => (On("1", "2"), On("2")),
            "all machines" => (On("1"), [s_code with { Platforms = new PlatformLists() }]),
            _ => ((PackageProperties[], PackageProperties[]))(
                On("1"), [s_code with { Platforms = new PlatformLists { AllowedPlatforms = ["1"], DeniedPlatforms = ["2"] } }]),
        };

        Assert.Equal(expected, CoordinatorList.AreFewer(Name(old), Name(next)));
    }

    private static PackageProperties[] On(PackageProperties package) => [package];

    private static PackageProperties[] On(params string[] machines) =>
        [s_code with { Platforms = new PlatformLists { AllowedPlatforms = [.. machines] } }];

    private static ImmutableSortedDictionary<string, PackageProperties> Name(PackageProperties[] packages) =>
        packages.Select((p, i) => KeyValuePair.Create($"c{i}", p)).ToImmutableSortedDictionary();
}
