using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Management;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>A recovery, or a new mesh in its place, is refused while another Coordinator works with the state.</summary>
[Trait("Security", "F5")]
public sealed class ReadyPeerTests : PeerTest
{
    private static readonly TestParty s_party = TestParty.Five[0];

    [Fact]
    public async Task Recover_WhileAPeerIsReady_IsRefusedAndAfterItStoppedIsDone()
    {
        (CoordinatorHost first, byte[] share) = await StartFirstAsync();
        string address = AddressOf(first);
        byte[] root = StateOf(first).Authority.Root.RawData;
        CoordinatorHost locked = await StartAsync("second", 'b', [address]);
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(locked).Phase);

        string refused = await RecoverAsync(locked, share);

        Assert.Contains($"the Coordinator at {address} has the state of this deployment and is ready", refused, StringComparison.Ordinal);
        Assert.Contains("list the measurement of this one under Coordinators", refused, StringComparison.Ordinal);
        Assert.Contains("stop it first", refused, StringComparison.Ordinal);
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(locked).Phase);
        Assert.Contains("recovery.secret", AuditOf("second"), StringComparison.Ordinal);

        await first.DisposeAsync();
        Assert.Contains("Recovery successful.", await RecoverAsync(locked, share), StringComparison.Ordinal);
        Assert.Equal(root, StateOf(locked).Authority.Root.RawData);
    }

    [Fact]
    public async Task Recover_ShareThatIsNotGenuine_AsksNoPeer()
    {
        (CoordinatorHost first, byte[] share) = await StartFirstAsync();
        CoordinatorHost locked = await StartAsync("second", 'b', [AddressOf(first)]);
        share[0] ^= 1;

        string refused = await RecoverAsync(locked, share);

        Assert.Contains("it belongs to no recovery key of the sealed state", refused, StringComparison.Ordinal);
    }

    /// <remarks>Anybody who can answer at an address could prevent recoveries otherwise.</remarks>
    [Fact]
    public async Task Recover_PeerThatOnlyClaimsToBeReady_DoesNotPreventIt()
    {
        (CoordinatorHost first, byte[] share) = await StartFirstAsync();
        ByteString certificate = ByteString.CopyFrom(StateOf(first).Authority.Root.RawData);
        ByteString fingerprint = ByteString.CopyFrom(StateOf(first).Authority.RootHash.Span);
        await first.DisposeAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var liar = new FakePeer((nonce, _) => Task.FromResult(new PeerHelloResponse
        {
            Phase = 3,
            Generation = 100,
            RootFingerprint = fingerprint,
            RootCertificate = certificate,
            Signature = ByteString.CopyFrom(
                key.SignData(nonce.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
        }));
        await using FakePeerHost server = await FakePeerHost.StartAsync(liar);
        CoordinatorHost locked = await StartAsync("second", 'b', [server.Address]);

        Assert.Contains("Recovery successful.", await RecoverAsync(locked, share), StringComparison.Ordinal);
        Assert.True(liar.HasSigned);
    }

    [Fact]
    public async Task SetManifest_AfreshWhileAPeerIsReady_IsRefusedAndAfterItStoppedIsDone()
    {
        (CoordinatorHost first, _) = await StartFirstAsync();
        ReadOnlyMemory<byte> state = Store.State!.Blobs.Data;
        CoordinatorHost locked = await StartAsync("second", 'b', [AddressOf(first)], afresh: true);

        string refused = await PostAsync(locked, "/manifest", new StringContent(ManifestOf()));

        Assert.Contains($"the Coordinator at {AddressOf(first)} has the state", refused, StringComparison.Ordinal);
        Assert.Equal(state.ToArray(), Store.State!.Blobs.Data.ToArray());
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(locked).Phase);

        await first.DisposeAsync();
        await SetManifestAsync(locked);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, StateOf(locked).Phase);
    }

    private static async Task<string> PostAsync(CoordinatorHost host, string path, HttpContent content)
    {
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement.ToString();
    }

    private static Task<string> RecoverAsync(CoordinatorHost host, byte[] share) => PostAsync(
        host,
        "/api/v2/recover",
        JsonContent.Create(new { recoverySecret = share, recoverySecretSignature = s_party.Sign(share) }));

    /// <summary>A Coordinator whose state one party can recover, and the share of that party.</summary>
    private async Task<(CoordinatorHost Host, byte[] Share)> StartFirstAsync()
    {
        CoordinatorHost host = await StartAsync("first");
        JsonNode manifest = JsonNode.Parse(ManifestOf())!;
        manifest["RecoveryKeys"] = new JsonObject { [s_party.Name] = s_party.Key.ExportSubjectPublicKeyInfoPem() };
        string answer = await PostAsync(host, "/manifest", new StringContent(manifest.ToJsonString()));
        JsonNode secrets = JsonNode.Parse(answer)!["data"]!["RecoverySecrets"]!;
        return (host, s_party.Decrypt(Convert.FromBase64String((string)secrets[s_party.Name]!)));
    }
}
