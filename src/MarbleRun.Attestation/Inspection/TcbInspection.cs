using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Inspection;

/// <summary>Compares a platform, component by component, with the level of Intel's list that is up to date.</summary>
public static class TcbInspection
{
    private const int ModuleComponents = 2;

    /// <summary>Finds the components that are below the up-to-date level.</summary>
    /// <param name="claims">The claims of a verified quote of SGX or TDX.</param>
    /// <param name="collateral">The collateral to compare with; it need not be that of the verification.</param>
    /// <param name="anchor">The trusted root of the collateral.</param>
    /// <returns>
    /// The components, empty if none is below; null if the claims contain no platform, or the collateral has no genuine TCB info and QE
    /// identity. For a TD report 1.5, the versions at the TD's launch are compared, too.
    /// </returns>
    public static ImmutableArray<TcbGap>? FindGaps(QuoteClaims claims, DcapCollateral collateral, DcapTrustAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(claims);
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(anchor);
        var prepared = new PreparedCollateral(collateral, anchor);
        if (claims.Platform is not { } platform
            || prepared.TcbInfo?.Document is not { } info
            || prepared.QeIdentity?.Document is not { } identity)
        {
            return null;
        }

        TcbLevel best = info.Levels.FirstOrDefault(l => l.Claims.Status == TcbStatus.UpToDate) ?? info.Levels[0];
        var names = new ComponentNames(collateral.TcbInfo!.Body);
        var gaps = new List<TcbGap>();
        Compare(gaps, i => names.Of("sgxtcbcomponents", i), platform.TcbComponents.AsSpan(), best.SgxComponents.AsSpan(), from: 0);
        Compare(gaps, "provisioning certification enclave", platform.PceSvn, best.PceSvn);
        Compare(gaps, "quoting enclave", platform.QeSvn, Best(identity.Levels));
        if (claims.Tdx is { } tdx)
        {
            byte[] launch = Convert.FromHexString(tdx.TeeTcbSvn);
            CompareTdx(gaps, info, best, names, tdx.TeeTcbSvn2 is { } now ? Convert.FromHexString(now) : launch, string.Empty);
            if (tdx.TeeTcbSvn2 is not null)
            {
                CompareTdx(gaps, info, best, names, launch, " at the launch of this TD");
            }
        }

        return [.. gaps];
    }

    private static void CompareTdx(List<TcbGap> gaps, TcbInfo info, TcbLevel best, ComponentNames names, byte[] svn, string when)
    {
        // A module of major version 0 has no separate levels.
        bool hasIdentity = svn[1] > 0;
        if (hasIdentity && info.FindModule(svn[1]) is { } module)
        {
            Compare(gaps, "TDX module" + when, svn[0], Best(module.Levels));
        }

        Compare(
            gaps, i => names.Of("tdxtcbcomponents", i) + when, svn, best.TdxComponents.AsSpan(), hasIdentity ? ModuleComponents : 0);
    }

    private static int Best(IEnumerable<IsvTcbLevel> levels) =>
        levels.Where(l => l.Claims.Status == TcbStatus.UpToDate).Select(l => (int)l.SecurityVersion).DefaultIfEmpty(0).Min();

    private static void Compare(
        List<TcbGap> gaps, Func<int, string> name, ReadOnlySpan<byte> found, ReadOnlySpan<byte> required, int from)
    {
        for (int i = from; i < Math.Min(found.Length, required.Length); i++)
        {
            Compare(gaps, name(i), found[i], required[i]);
        }
    }

    private static void Compare(List<TcbGap> gaps, string name, int found, int required)
    {
        if (found < required)
        {
            gaps.Add(new TcbGap(name, found, required));
        }
    }

    /// <summary>
    /// The names of components in TCB info of version 3: <c>category</c> and <c>type</c>, which only some components have.
    /// </summary>
    private sealed class ComponentNames(ReadOnlyMemory<byte> tcbInfo)
    {
        public string Of(string list, int index)
        {
            // The document was read before, so its structure is known.
            using JsonDocument document = JsonDocument.Parse(tcbInfo, CollateralJson.Strict);
            JsonElement tcb = document.RootElement.GetProperty("tcbLevels")[0].GetProperty("tcb");
            string[] words = tcb.TryGetProperty(list, out JsonElement components)
                ? [.. Words(components[index], "category"), .. Words(components[index], "type")]
                : [];
            string kind = list.StartsWith("tdx", StringComparison.Ordinal) ? "TDX" : "SGX";
            return words.Length > 0
                ? string.Join(", ", words)
                : string.Create(CultureInfo.InvariantCulture, $"{kind} TCB component {index + 1}");
        }

        private static IEnumerable<string> Words(JsonElement component, string member) =>
            component.TryGetProperty(member, out JsonElement text) && text.ValueKind == JsonValueKind.String && text.GetString() is { } word
                && word.Length > 0
                ? [word]
                : [];
    }
}
