using System.Text;

namespace MarbleRun.Cli.Output;

/// <summary>Writes to the terminal only what <see cref="SafeText"/> lets through.</summary>
internal sealed class SafeWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override string NewLine
    {
        get => inner.NewLine;
#pragma warning disable CS8765 // The base accepts null for the default.
        set => inner.NewLine = value;
#pragma warning restore CS8765
    }

    /// <summary>Whether there was any output.</summary>
    public bool HasWritten { get; private set; }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        HasWritten = true;
        inner.Write(value is null ? null : SafeText.OfLines(Unix(value)));
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value)
    {
        Write(value);
        inner.WriteLine();
    }

    public override Task WriteAsync(char value) => WriteAsync(value.ToString());

    public override Task WriteAsync(string? value)
    {
        HasWritten = true;
        return inner.WriteAsync(value is null ? null : SafeText.OfLines(Unix(value)));
    }

    public override async Task WriteLineAsync(string? value)
    {
        await WriteAsync(value);
        await inner.WriteLineAsync();
    }

    /// <summary>
    /// Writes the content of a file. It is unchanged if standard output goes to a file or a pipe: its fingerprint must stay the same.
    /// </summary>
    public Task WriteContentAsync(string content)
    {
        HasWritten = true;
        return inner.WriteAsync(Terminal.IsOutputSeen ? SafeText.OfLines(Unix(content)) : content);
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync() => inner.FlushAsync();

    /// <summary>A carriage return alone would write over the line; the two of a Windows line end are one.</summary>
    private static string Unix(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
}
