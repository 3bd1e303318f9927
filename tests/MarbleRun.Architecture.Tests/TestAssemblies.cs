using Mono.Cecil;

namespace MarbleRun.Architecture.Tests;

/// <summary>The assemblies of the other tests, read as files.</summary>
internal static class TestAssemblies
{
    /// <summary>The project stands beside this one in the output of the build.</summary>
    public static string PathOf(string project)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, project + ".dll");
    }

    public static bool IsTest(MethodDefinition method) =>
        method.CustomAttributes.Any(a => a.AttributeType.Name is "FactAttribute" or "TheoryAttribute");
}
