using System.Reflection;
using System.Text.Json;

namespace MarbleRun.TestSupport;

/// <summary>Genuine attestation evidence and altered copies of it, kept in a folder beside the repository.</summary>
public static class AttestationVectors
{
    private const string Variable = "MARBLERUN_VECTORS";
    private const string Absent = "(no vectors)";

    private static readonly string? s_root = Locate();

    /// <summary>The names of all cases of a kind whose expected.json fits; one row that skips if the folder is missing.</summary>
    public static TheoryData<string> Names(string kind, Func<JsonElement, bool> fits)
    {
        if (s_root is null)
        {
            return [Absent];
        }

        IEnumerable<string> folders = Directory.EnumerateDirectories(Path.Combine(s_root, kind)).Where(d => fits(Expected(d)));
        return [.. folders.Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];
    }

    /// <summary>What must come out of the case in a folder.</summary>
    public static JsonElement Expected(string folder)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        return document.RootElement.Clone();
    }

    /// <summary>The folder of a case; skips the test if the vectors are missing.</summary>
    public static string Case(string kind, string name)
    {
        Assert.SkipWhen(
            s_root is null,
            $"The attestation vectors are missing. Put the folder shared/vectors beside the repository, or name it in {Variable}.");
        return Path.Combine(s_root!, kind, name);
    }

    /// <summary>
    /// The inputs of a sweep, which all must be refused: the evidence cut at each length, or changed in one byte at each offset.
    /// </summary>
    /// <param name="expected">What must come out of the case.</param>
    /// <param name="evidence">The evidence of the case.</param>
    /// <returns>Each input, whether it was cut, and its change in words.</returns>
    public static IEnumerable<(byte[] Input, bool IsCut, string Change)> Sweep(JsonElement expected, byte[] evidence)
    {
        JsonElement sweep = expected.GetProperty("sweep");
        bool isCut = sweep.GetProperty("kind").GetString() == "truncate";
        foreach (int position in sweep.GetProperty(isCut ? "lengths" : "offsets").EnumerateArray().Select(p => p.GetInt32()))
        {
            byte[] input = isCut ? evidence[..position] : [.. evidence];
            if (!isCut)
            {
                input[position] ^= sweep.GetProperty("xor").GetByte();
            }

            yield return (input, isCut, $"{sweep.GetProperty("kind")} {position}");
        }
    }

    private static string? Locate()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return named;
        }

        for (string? folder = Path.GetDirectoryName(
            Assembly.GetExecutingAssembly().Location); folder is not null; folder = Path.GetDirectoryName(folder))
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
