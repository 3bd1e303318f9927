namespace MarbleRun.Manifests.Reading;

/// <summary>Finds the word that was probably intended.</summary>
internal static class Spelling
{
    private const int MaxLength = 64;

    /// <summary>Texts come from unauthenticated callers, so the work is limited.</summary>
    private const int MaxCandidates = 100;

    /// <summary>Returns a suggestion of the nearest candidate, or null if none is near.</summary>
    public static string? Suggest(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates.Take(MaxCandidates))
        {
            int distance = Distance(word, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best is not null && bestDistance <= Math.Max(1, Math.Min(word.Length, best.Length) / 3) ? $"Did you mean {best}?" : null;
    }

    /// <summary>The number of characters to insert, remove, replace or swap with a neighbor; case does not count.</summary>
    private static int Distance(string left, string right)
    {
        if (left.Length > MaxLength || right.Length > MaxLength)
        {
            return int.MaxValue;
        }

        var table = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            table[i, 0] = i;
        }

        for (int j = 0; j <= right.Length; j++)
        {
            table[0, j] = j;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = table[i - 1, j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
                table[i, j] = Math.Min(replace, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[left.Length, right.Length];
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
