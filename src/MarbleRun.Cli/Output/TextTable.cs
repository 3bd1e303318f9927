namespace MarbleRun.Cli.Output;

/// <summary>Writes rows in columns, two blanks apart.</summary>
internal static class TextTable
{
    public static void Write(TextWriter output, string[] header, IEnumerable<string[]> rows)
    {
        // A line end in a cell would look like another row.
        string[][] cells = [header, .. rows.Select(row => (string[])[.. row.Select(SafeText.Of)])];
        int[] widths = [.. header.Select((_, column) => cells.Max(row => row[column].Length))];
        foreach (string[] row in cells)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd(' '));
        }
    }
}
