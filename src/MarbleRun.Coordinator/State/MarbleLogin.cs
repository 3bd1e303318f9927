using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.State;

/// <summary>Recognises a Marble by its certificate, under the authorities that a state accepts.</summary>
internal static class MarbleLogin
{
    /// <param name="state">The state.</param>
    /// <param name="leaf">The certificate whose key the handshake proved.</param>
    /// <param name="now">The time.</param>
    /// <param name="fault">The reason of a refusal, where possible with the texts of MarbleRun 1.9; null on success.</param>
    public static MarblePeer? Identify(this CoordinatorState state, X509Certificate2 leaf, DateTimeOffset now, out string? fault)
    {
        MarblePeer? marble = MarbleCertificateCheck.Identify(leaf, state.Authority.MarbleRoot, now, out fault);
        foreach (RetiredAuthority retired in state.RetiredAuthorities)
        {
            if (marble is null && now < retired.Until)
            {
                marble = MarbleCertificateCheck.Identify(leaf, retired.MarbleRoot, now, out _);
            }
        }

        if (marble is not null && state.Revocations.Find(RevocableMarble.Of(leaf, marble)) is { } revocation)
        {
            fault = revocation.Describe();
            return null;
        }

        fault = marble is null ? fault : null;
        return marble;
    }
}
