using System.Reflection;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>Genuine attestation evidence and altered copies of it, kept in a folder beside the repository.</summary>
internal static class AttestationVectors
{
    private const string Variable = "MARBLERUN_VECTORS";
    private const string Absent = "(no vectors)";

    private static readonly string? s_root = Locate();

    /// <summary>The names of all cases of a kind; one row that skips if the folder is missing.</summary>
    public static TheoryData<string> Names(string kind)
    {
        if (s_root is null)
        {
            return [Absent];
        }

        return [.. Directory.EnumerateDirectories(Path.Combine(s_root, kind)).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
    }

    /// <summary>The folder of a case; skips the test if the vectors are missing.</summary>
    public static string Case(string kind, string name)
    {
        Assert.SkipWhen(
            s_root is null,
            $"The attestation vectors are missing. Put the folder shared/vectors beside the repository, or name it in {Variable}.");
        return Path.Combine(s_root!, kind, name);
    }

    private static string? Locate()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return named;
        }

        for (string? folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string candidate = Path.Combine(folder, "shared", "vectors");
            if (File.Exists(Path.Combine(candidate, "index.json")))
            {
                return candidate;
            }
        }

        return null;
    }
}
