namespace MarbleRun.Manifests.Json;

/// <summary>Converts byte offsets of a text to lines and columns, both from 1, columns in bytes.</summary>
internal sealed class LineTable
{
    private readonly List<int> _starts = [0];

    public LineTable(ReadOnlySpan<byte> text)
    {
        for (int start = 0, length; (length = text[start..].IndexOf((byte)'\n')) >= 0;)
        {
            start += length + 1;
            _starts.Add(start);
        }
    }

    public (int Line, int Column) Locate(int offset)
    {
        int found = _starts.BinarySearch(offset);
        int line = found >= 0 ? found : ~found - 1;
        return (line + 1, offset - _starts[line] + 1);
    }
}
