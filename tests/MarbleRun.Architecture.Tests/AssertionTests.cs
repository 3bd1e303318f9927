using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MarbleRun.Architecture.Tests;

/// <summary>A test that asserts nothing can fail by accident only.</summary>
public sealed class AssertionTests
{
    private static readonly string[] s_projects =
        [
            "MarbleRun.Sdk.Tests",
            "MarbleRun.Coordinator.Tests",
            "MarbleRun.Coordinator.Stores.Tests",
            "MarbleRun.Cli.Tests",
            "MarbleRun.Packages.Tests",
            "MarbleRun.Architecture.Tests",
        ];

    public static TheoryData<string> Projects => [.. s_projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Test_OfAProject_ReachesAnAssertion(string project)
    {
        using var module = ModuleDefinition.ReadModule(
            TestAssemblies.PathOf(project), new ReaderParameters { AssemblyResolver = ResolverFor(project) });
        var search = new AssertionSearch();

        string[] without =
        [
            .. from type in module.GetTypes()
               from method in type.Methods
               where TestAssemblies.IsTest(method) && !search.Reaches(method)
               select $"{type.Name}.{method.Name}",
        ];

        Assert.True(without.Length == 0, "These tests assert nothing: " + string.Join(", ", without));
    }

    [Fact]
    public void Search_MethodThatAssertsNothing_FindsNone()
    {
        using var module = ModuleDefinition.ReadModule(typeof(AssertionTests).Assembly.Location);
        MethodDefinition[] methods = [.. module.GetType(typeof(Samples).FullName!.Replace('+', '/')).Methods];
        var search = new AssertionSearch();

        Assert.Equal(
            [nameof(Samples.Direct), nameof(Samples.InALambda), nameof(Samples.InAnAsyncHelper)],
            methods.Where(m => search.Reaches(m) && m.IsPublic && !m.IsConstructor).Select(m => m.Name).Order(StringComparer.Ordinal));
    }

    private static DefaultAssemblyResolver ResolverFor(string project)
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(TestAssemblies.PathOf(project)));
        return resolver;
    }

    /// <summary>Follows calls, delegates and state machines through the tests' own code.</summary>
    private sealed class AssertionSearch
    {
        private readonly Dictionary<string, bool> _known = [];

        public bool Reaches(MethodDefinition method)
        {
            if (_known.TryGetValue(method.FullName, out bool known))
            {
                return known;
            }

            // A circle of calls asserts nothing by itself.
            _known[method.FullName] = false;
            return _known[method.FullName] = method.HasBody
                && (Calls(method).Any(IsAssertion) || Calls(method).Select(Resolve).OfType<MethodDefinition>().Any(Reaches));
        }

        private static IEnumerable<MethodReference> Calls(MethodDefinition method) => Bodies(method)
            .SelectMany(body => body.Instructions)
            .Select(instruction => instruction.Operand)
            .OfType<MethodReference>();

        /// <summary>The method, and what the compiler made of it if it is asynchronous or an iterator.</summary>
        private static IEnumerable<MethodBody> Bodies(MethodDefinition method) => method.CustomAttributes
            .Where(a => a.AttributeType.Name is "AsyncStateMachineAttribute" or "IteratorStateMachineAttribute"
                or "AsyncIteratorStateMachineAttribute")
            .Select(a => ((TypeReference)a.ConstructorArguments[0].Value).Resolve().Methods.First(m => m.Name == "MoveNext").Body)
            .Prepend(method.Body);

        private static bool IsAssertion(MethodReference call) => call.DeclaringType.FullName == "Xunit.Assert";

        private static MethodDefinition? Resolve(MethodReference call) =>
            call.DeclaringType.Scope is ModuleDefinition
            || call.DeclaringType.Scope.Name.StartsWith("MarbleRun.Test", StringComparison.Ordinal)
                ? call.Resolve()
                : null;
    }

    private static class Samples
    {
        public static void Direct() => Assert.NotNull(nameof(Direct));

        public static void InALambda() => new List<string>().ForEach(item => Assert.NotEmpty(item));

        public static Task InAnAsyncHelper() => HelpAsync();

        public static void Nowhere() => _ = nameof(Nowhere).ToUpperInvariant();

        private static async Task HelpAsync()
        {
            await Task.Yield();
            Assert.NotNull(nameof(HelpAsync));
        }
    }
}
