using System.Reflection;

namespace MarbleRun.Tests.Attestation;

/// <summary>The groups of attacks on evidence that are asked for each have a test; the trait "Security" names the group.</summary>
public sealed class SecurityGroupTests
{
    // B7 to B9 are about kinds of evidence that are not verified here.
    public static TheoryData<string> Groups =>
        [.. Enumerable.Range(1, 21).Select(i => $"A{i}"), .. Enumerable.Range(1, 6).Select(i => $"B{i}"), "B10", "B11"];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Group_OfAttacksOnEvidence_HasATest(string group)
    {
        IEnumerable<MethodInfo> tests = typeof(SecurityGroupTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods())
            .Where(m => m.GetCustomAttributes<FactAttribute>().Any() && (Covers(m, group) || Covers(m.DeclaringType!, group)));

        Assert.NotEmpty(tests);
    }

    private static bool Covers(MemberInfo member, string group) =>
        member.GetCustomAttributes<TraitAttribute>().Any(t => (t.Name, t.Value) == ("Security", group));
}
