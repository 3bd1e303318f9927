using System.Net.Http.Headers;
using System.Text;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>An answer of a source with status 200.</summary>
internal sealed record CollateralAnswer(Uri Address, byte[] Body, HttpResponseHeaders Headers)
{
    private const int LongestChain = 32 * 1024;

    /// <summary>The certificate chain in the first of these headers that is present: PEM, percent-encoded.</summary>
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

    /// <summary>Creates the exception for an answer that does not match the request.</summary>
    public CollateralException Unlike(string what, string fault, Exception? cause = null)
    {
        string message = $"{Address} answered something else than {what}: {fault}";
        return cause is null ? new CollateralException(message) : new CollateralException(message, cause);
    }
}
