using System.Reflection;
using System.Reflection.Emit;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;

namespace MarbleRun.Testing;

/// <summary>
/// Finds the content root of an app that a test project references. <see cref="WebApplicationFactory{TEntryPoint}"/> looks for the list of
/// content roots in the working directory, which differs under some runners, and then for attributes of test assemblies; this class
/// provides such an attribute.
/// </summary>
internal static class ContentRoots
{
    private const string ListFile = "MvcTestingAppManifest.json";

    /// <summary>
    /// Returns the folder of the app's project if the build recorded it with the tests, otherwise the folder of the tests.
    /// </summary>
    public static string Find(Assembly app)
    {
        string list = Path.Combine(AppContext.BaseDirectory, ListFile);
        if (app.FullName is { } name && File.Exists(list))
        {
            using JsonDocument roots = JsonDocument.Parse(File.ReadAllBytes(list));

            // A tilde means the folder of published tests.
            if (roots.RootElement.TryGetProperty(name, out JsonElement root)
                && root.GetString() is { } path
                && path != "~"
                && Directory.Exists(path))
            {
                return path;
            }
        }

        return AppContext.BaseDirectory;
    }

    /// <summary>Creates an assembly that contains only the attribute with the content root.</summary>
    public static Assembly Describe(Assembly app)
    {
        string root = Find(app);
        string marker = Directory.EnumerateFiles(root).Select(f => Path.GetFileName(f)).FirstOrDefault() ?? string.Empty;
        ConstructorInfo attribute = typeof(WebApplicationFactoryContentRootAttribute).GetConstructor(
            [typeof(string), typeof(string), typeof(string), typeof(string)])!;
        var assembly = AssemblyBuilder.DefineDynamicAssembly(
            new AssemblyName("MarbleRun.Testing.ContentRoot"), AssemblyBuilderAccess.RunAndCollect);
        assembly.SetCustomAttribute(new CustomAttributeBuilder(attribute, [app.FullName!, root, marker, "0"]));
        return assembly;
    }
}
