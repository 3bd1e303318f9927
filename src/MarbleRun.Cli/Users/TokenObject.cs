using System.Text;

namespace MarbleRun.Cli.Users;

/// <summary>
/// The name of an object in a token. An id is the bytes of the text, as in the reference's command line, or hex after <c>0x</c>.
/// </summary>
internal sealed record TokenObject(string What, string? Id, string? Label)
{
    public byte[]? IdBytes { get; } = string.IsNullOrEmpty(Id) ? null : ReadId(Id);

    public byte[]? LabelBytes { get; } = string.IsNullOrEmpty(Label) ? null : Encoding.UTF8.GetBytes(Label);

    public override string ToString() => (Id, Label) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => $"{What} with the id {Id} and the label {Label}",
        ({ Length: > 0 }, _) => $"{What} with the id {Id}",
        _ => $"{What} with the label {Label}",
    };

    private static byte[] ReadId(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.Length > 2)
        {
            try
            {
                return Convert.FromHexString(text.AsSpan(2));
            }
            catch (FormatException)
            {
                // It is text that begins like hex.
            }
        }

        return Encoding.UTF8.GetBytes(text);
    }
}
