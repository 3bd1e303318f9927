using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>
/// A deployment as it lies on the disk of a machine that can't open it: the state, really sealed with a key that only the parties have, and
/// the recovery data.
/// </summary>
internal sealed record SealedDeployment(byte[] Blob, byte[] Data, IReadOnlyDictionary<string, byte[]> Shares)
{
    /// <summary>Seals a state with a new key, which is lost after that.</summary>
    public static async Task<SealedDeployment> CreateAsync(int threshold, params TestParty[] parties)
    {
        using var key = new SealingKey(RandomNumberGenerator.GetBytes(SealingKey.Size));
        return await CreateAsync(key, threshold, parties);
    }

    public static async Task<SealedDeployment> CreateAsync(SealingKey key, int threshold, params TestParty[] parties)
    {
        byte[] manifest = TestParty.ManifestOf(threshold, parties);
        RecoverySecrets secrets = RecoverySecrets.Issue(key, RecoveryKeySet.From(ManifestChecker.Check(manifest)));
        return new SealedDeployment(
            StateSealer.Seal("test", key, new SealedHeader(new byte[32], 1, secrets.Data.Bytes), manifest),
            secrets.Data.Bytes.ToArray(),
            parties.ToDictionary(p => p.Name, p => p.Decrypt(secrets.Encrypted[p.Name])));
    }

    public RecoverySession Open(WaitingState state, bool allowUnsignedSecrets = false) =>
        new(RecoveryData.Read(Data), state, allowUnsignedSecrets);

    public RecoverySession Open() => Open(new WaitingState(Blob));

    /// <summary>Gives a party's share to a session, signed by that party.</summary>
    public Task<RecoveryProgress> SubmitAsync(RecoverySession session, TestParty party) =>
        session.SubmitAsync(Shares[party.Name], party.Sign(Shares[party.Name]), TestContext.Current.CancellationToken);
}
