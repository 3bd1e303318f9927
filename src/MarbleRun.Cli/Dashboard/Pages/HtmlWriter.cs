using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>
/// Writes HTML. The constant parts of an interpolated string are markup, and every value in it is text: it is encoded, and control and
/// bidirectional characters are shown as escapes. There is no way to write a value as markup.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _markup = new();

    /// <summary>Adds markup with values.</summary>
    public HtmlWriter Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Adds a value.</summary>
    public HtmlWriter Text(string? text)
    {
        _markup.Append(HtmlEncoder.Default.Encode(SafeText.Of(text ?? string.Empty)));
        return this;
    }

    public override string ToString() => _markup.ToString();

    /// <summary>The parts of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly HtmlWriter _writer;

        public Markup(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _ = literalLength + formattedCount;
            _writer = writer;
        }

        public void AppendLiteral(string markup) => _writer._markup.Append(markup);

        public void AppendFormatted(string? text) => _writer.Text(text);

        public void AppendFormatted(long number) => _writer._markup.Append(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(Guid id) => _writer._markup.Append(id.ToString("D", CultureInfo.InvariantCulture));
    }
}
