using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>Calls at the mesh port, over one connection.</summary>
internal static class MeshKinds
{
    private const string Activate = "/rpc.Marble/Activate";

    public static async Task<List<RequestKind>> CreateAsync(MeasuredServers servers)
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        HttpMessageInvoker invoker = CallerClient.CreateInvoker(certificate);
        ReportData data = ReportData.ForCertificate(certificate.RawData);
        var other = new AppMeasurement
        {
            UniqueId = new string('a', 64),
            SignerId = new string('b', 64),
            ProductId = 3,
            SecurityVersion = 7,
        };
        byte[] foreign = (await servers.Platform.CreateIssuer(other).IssueAsync(data)).ToEvidence();
        byte[] domain = (await servers.Platform
            .CreateTdxIssuer(new TdMeasurement { MrTd = new string('b', 96) })
            .IssueAsync(data)).ToEvidence();

        RequestKind Call(string name, string what, string answer, Func<byte[]> createMessage, string method = Activate) =>
            new(
                name,
                "mesh port: " + what,
                servers.Serving,
                answer,
                () => CallerClient.CallAsync(invoker, servers.Mesh, method, createMessage()));

        byte[] Ask(byte[] evidence, byte[]? request = null) => new ActivationReq
        {
            Quote = ByteString.CopyFrom(evidence),
            CSR = ByteString.CopyFrom(request ?? csr),
            MarbleType = "m0",
            UUID = Guid.NewGuid().ToString(),
        }.ToByteArray();

        return
        [
            Call(
                "activate-garbage",
                "activation with 64 KiB of random bytes as evidence",
                "gRPC 7",
                () => Ask(RandomNumberGenerator.GetBytes(65_536))),
            Call("activate-foreign", "activation with genuine evidence of other code", "gRPC 7", () => Ask(foreign)),
            Call("activate-foreign-tdx", "activation with genuine evidence of another TD", "gRPC 7", () => Ask(domain)),
            Call(
                "activate-altered",
                "activation with evidence whose signature is wrong, another one each time",
                "gRPC 7",
                () => Ask(Alter(foreign))),
            Call(
                "activate-padded",
                "activation with evidence and 60 KB of collateral's place",
                "gRPC 7",
                () => Ask([.. foreign, .. new byte[60_000]])),
            Call(
                "activate-csr",
                "activation with a request for a certificate of 180 KB",
                "gRPC 7",
                () => Ask(foreign, RandomNumberGenerator.GetBytes(180_000))),
            Call("unknown-method", "a call of an unknown method", "gRPC 12", () => [1, 2, 3], "/rpc.Marble/Nothing"),
            Call("mesh-garbage", "250 KB that are not a message", "gRPC 13", () => [.. Enumerable.Repeat((byte)0xff, 250_000)]),
            Call(
                "attest",
                "Mesh/Attest with a fresh nonce: evidence of the platform",
                "gRPC 0",
                () => new AttestRequest { Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)) }.ToByteArray(),
                "/marblerun.v1.Mesh/Attest"),
        ];
    }

    /// <summary>Another byte of the enclave's signature, so that nothing that was verified before is of use.</summary>
    private static byte[] Alter(byte[] evidence)
    {
        byte[] altered = [.. evidence];

        // The header of evidence, that of the quote, the report, and the length of what follows.
        RandomNumberGenerator.Fill(altered.AsSpan(16 + 48 + 384 + 4, 32));
        return altered;
    }
}
