namespace MarbleRun.Attestation.Checks;

/// <summary>Compares security version numbers component by component, not as one number and not by their sum.</summary>
internal static class TcbComparison
{
    /// <summary>Whether each component is at least the required one, from an index on. Lists of different lengths never match.</summary>
    public static bool IsAtLeast(ReadOnlySpan<byte> found, ReadOnlySpan<byte> required, int from = 0)
    {
        if (found.Length != required.Length)
        {
            return false;
        }

        for (int i = from; i < found.Length; i++)
        {
            if (found[i] < required[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the bits under a mask are equal.</summary>
    public static bool EqualsUnderMask(ReadOnlySpan<byte> found, ReadOnlySpan<byte> required, ReadOnlySpan<byte> mask)
    {
        if (found.Length != required.Length || found.Length != mask.Length)
        {
            return false;
        }

        for (int i = 0; i < found.Length; i++)
        {
            if ((found[i] & mask[i]) != (required[i] & mask[i]))
            {
                return false;
            }
        }

        return true;
    }
}
