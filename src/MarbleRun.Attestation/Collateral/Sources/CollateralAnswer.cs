using System.Net.Http.Headers;
using System.Text;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>What a source answered with status 200.</summary>
internal sealed record CollateralAnswer(Uri Address, byte[] Body, HttpResponseHeaders Headers)
{
    private const int LongestChain = 32 * 1024;

    /// <summary>A certificate chain out of the first of these headers that is there: PEM, percent-encoded.</summary>
    public byte[] ReadChain(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Headers.TryGetValues(name, out IEnumerable<string>? values))
            {
                string text = string.Concat(values);
                return text.Length <= LongestChain
                    ? Encoding.UTF8.GetBytes(Uri.UnescapeDataString(text))
                    : throw new CollateralException($"{Address} answered a header {name} of more than {LongestChain} bytes.");
            }
        }

        throw new CollateralException($"{Address} answered without the header {names[0]}.");
    }

    /// <summary>Something else came than was asked for.</summary>
    public CollateralException Unlike(string what, string fault, Exception? cause = null)
    {
        string message = $"{Address} answered something else than {what}: {fault}";
        return cause is null ? new CollateralException(message) : new CollateralException(message, cause);
    }
}
