using System.Collections.Immutable;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Who signed a TDX module, and its TCB levels (Intel SGX PCS API, TCB info version 3, <c>tdxModule</c> and <c>tdxModuleIdentities</c>).
/// </summary>
internal sealed class TdxModuleIdentity
{
    /// <summary>
    /// <c>TDX_</c> and the major version as two hex digits; null for <c>tdxModule</c>, which is for modules of major version 0.
    /// </summary>
    public string? Id { get; init; }

    public required byte[] MrSigner { get; init; }

    public required byte[] Attributes { get; init; }

    public required byte[] AttributesMask { get; init; }

    /// <summary>Empty for <c>tdxModule</c>.</summary>
    public ImmutableArray<IsvTcbLevel> Levels { get; init; } = [];
}
