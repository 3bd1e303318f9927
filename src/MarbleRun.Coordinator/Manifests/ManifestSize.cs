namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// How large a manifest is, without reading it: what reading and checking cost follows the number of its values more than its bytes.
/// </summary>
internal static class ManifestSize
{
    /// <summary>Members and elements of JSON, and those of what only looks like it; linear, and faster than any reading.</summary>
    public static int CountValues(ReadOnlySpan<byte> json)
    {
        int count = 0;
        while (json.IndexOfAny("\"{[,"u8) is var at and >= 0)
        {
            bool isText = json[at] == '"';
            json = json[(at + 1)..];
            if (isText)
            {
                json = SkipText(json);
            }
            else
            {
                count++;
            }
        }

        return count;
    }

    private static ReadOnlySpan<byte> SkipText(ReadOnlySpan<byte> json)
    {
        while (json.IndexOfAny((byte)'"', (byte)'\\') is var at and >= 0)
        {
            bool isEnd = json[at] == '"';
            json = json[Math.Min(json.Length, at + (isEnd ? 1 : 2))..];
            if (isEnd)
            {
                return json;
            }
        }

        return [];
    }
}
