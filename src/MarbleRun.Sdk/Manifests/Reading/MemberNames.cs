namespace MarbleRun.Manifests.Reading;

/// <summary>Compares names of members as peers do: without regard to case, by Unicode's simple folding.</summary>
internal static class MemberNames
{
    public static bool AreEqual(string known, string name)
    {
        if (known.Length != name.Length)
        {
            return false;
        }

        for (int i = 0; i < known.Length; i++)
        {
            if (Fold(known[i]) != Fold(name[i]))
            {
                return false;
            }
        }

        return true;
    }

    // Known names are ASCII, and only two other characters fold into ASCII: long s and the Kelvin sign.
    private static char Fold(char c) => c switch
    {
        '\u017f' => 's',
        '\u212a' => 'k',
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        _ => c,
    };
}
