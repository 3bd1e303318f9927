using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>Equality of collections inside records, which otherwise compare references.</summary>
internal static class ItemEquality
{
    /// <summary>Whether two arrays contain the same items with the same frequency, in any order.</summary>
    public static bool SameItems<T>(ImmutableArray<T> left, ImmutableArray<T> right)
        where T : notnull
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        var counts = new Dictionary<T, int>();
        foreach (T item in left)
        {
            counts[item] = counts.GetValueOrDefault(item) + 1;
        }

        foreach (T item in right)
        {
            int count = counts.GetValueOrDefault(item);
            if (count == 0)
            {
                return false;
            }

            counts[item] = count - 1;
        }

        return true;
    }

    /// <summary>Whether two maps have the same keys with equal values.</summary>
    public static bool SameEntries<T>(ImmutableSortedDictionary<string, T> left, ImmutableSortedDictionary<string, T> right)
        where T : notnull
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach ((string key, T value) in left)
        {
            if (!right.TryGetValue(key, out T? other) || !value.Equals(other))
            {
                return false;
            }
        }

        return true;
    }
}
