using System.Reflection;

namespace MarbleRun.Activation.Trust;

/// <summary>Finds the trust that the build embedded in the app's entry assembly, which every measurement covers.</summary>
internal static class MeasuredTrust
{
    private const int LongestFile = 1024 * 1024;

    /// <summary>
    /// Returns the trust that code sets in the options, or else the one that the entry assembly embeds, or null.
    /// </summary>
    /// <exception cref="FormatException">The embedded trust is invalid.</exception>
    public static CoordinatorTrust? Find(MarbleOptions options) => options.CoordinatorTrust ?? Read(Assembly.GetEntryAssembly());

    /// <summary>Returns the trust that an assembly embeds, or null.</summary>
    /// <exception cref="FormatException">The embedded trust is invalid.</exception>
    public static CoordinatorTrust? Read(Assembly? assembly)
    {
        using Stream? resource = assembly?.GetManifestResourceStream(TrustFile.Name);
        if (resource is null)
        {
            return null;
        }

        if (resource.Length > LongestFile)
        {
            throw new FormatException($"{TrustFile.Name} in {assembly!.GetName().Name} is longer than {LongestFile} bytes.");
        }

        var json = new byte[resource.Length];
        resource.ReadExactly(json);
        return CoordinatorTrust.Parse(json);
    }
}
