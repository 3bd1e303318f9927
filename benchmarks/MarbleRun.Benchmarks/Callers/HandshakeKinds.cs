using System.Net;
using System.Net.Security;
using System.Security.Authentication;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>Whole connections: what they cost before anybody knows who is there.</summary>
internal static class HandshakeKinds
{
    public static async Task<List<RequestKind>> CreateAsync(MeasuredServers servers)
    {
        (IPEndPoint mesh, IPEndPoint client, IPEndPoint marble) = (servers.Mesh, servers.Client, servers.MarbleEndpoint);
        var kinds = new List<RequestKind>
        {
            new(
                "handshake-tls12",
                "client port: a plain handshake in TLS 1.2",
                servers.Serving,
                "200",
                () => CallerClient.ShakeAsync(client, SslProtocols.Tls12)),
        };
        (SslStreamCertificateContext chain, int count) = await CallerCertificates.Binary.FindLongestAsync(
            async c => await CallerClient.ShakeAsync(client, chain: c) == "200");
        kinds.Add(new(
            "client-chain",
            $"client port: {count} certificates of sect571r1",
            servers.Serving,
            "200",
            () => CallerClient.ShakeAsync(client, chain: chain)));
        (SslStreamCertificateContext older, count) = await CallerCertificates.Binary.FindLongestAsync(
            async c => await CallerClient.ShakeAsync(client, SslProtocols.Tls12, c) == "200");
        kinds.Add(new(
            "client-chain-tls12",
            $"client port: {count} of them in TLS 1.2",
            servers.Serving,
            "200",
            () => CallerClient.ShakeAsync(client, SslProtocols.Tls12, older)));
        (SslStreamCertificateContext rsa, count) = await CallerCertificates.Rsa.FindLongestAsync(
            async c => await CallerClient.ShakeAsync(client, chain: c) == "200");
        kinds.Add(new(
            "client-chain-rsa",
            $"client port: {count} certificates of RSA-4096",
            servers.Serving,
            "200",
            () => CallerClient.ShakeAsync(client, chain: rsa)));
        (SslStreamCertificateContext exponents, count) = await CallerCertificates.Exponent.FindLongestAsync(
            async c => await CallerClient.ShakeAsync(client, chain: c) == "200");
        kinds.Add(new(
            "client-chain-exponent", $"client port: {count} certificates of RSA-3072 whose exponent is as long", servers.Serving, "200",
            () => CallerClient.ShakeAsync(client, chain: exponents)));
        SslStreamCertificateContext alone = CallerCertificates.Exponent.CreateAlone();
        kinds.Add(new(
            "client-exponent", "client port: one of them", servers.Serving, "200", () => CallerClient.ShakeAsync(client, chain: alone)));
        SslStreamCertificateContext longer = CallerCertificates.Binary.CreateChain(CallerCertificates.Longest);
        kinds.Add(new(
            "client-chain-refused",
            $"client port: {CallerCertificates.Longest + 1} certificates of sect571r1",
            servers.Serving,
            CallerClient.Closed,
            () => CallerClient.ShakeAsync(client, chain: longer)));
        foreach (SslProtocols protocol in (SslProtocols[])[SslProtocols.Tls13, SslProtocols.Tls12])
        {
            (SslStreamCertificateContext meshChain, count) = await CallerCertificates.Binary.FindLongestAsync(
                async c => await CallerClient.ShakeHttp2Async(mesh, protocol, c) != CallerClient.Closed);
            string version = protocol == SslProtocols.Tls13 ? string.Empty : "-tls12";
            string words = protocol == SslProtocols.Tls13 ? "certificates of sect571r1" : "of them in TLS 1.2";
            kinds.Add(new(
                $"mesh-chain{version}",
                $"mesh port: {count} {words}",
                servers.Serving,
                "settings",
                () => CallerClient.ShakeHttp2Async(mesh, protocol, meshChain)));

            // A Marble closes on every unauthenticated caller; that the guard let it through is what its limit of bytes says, which is the
            // mesh port's.
            kinds.Add(new(
                $"marble-chain{version}", $"a Marble's endpoint: {count} {words}", servers.Marble, CallerClient.Closed,
                () => CallerClient.ShakeAsync(marble, protocol, meshChain)));
        }

        (SslStreamCertificateContext few, count) = await CallerCertificates.Exponent.FindLongestAsync(
            async c => await CallerClient.ShakeHttp2Async(mesh, SslProtocols.Tls13, c) != CallerClient.Closed);
        kinds.Add(new(
            "mesh-chain-exponent", $"mesh port: {count} certificates of RSA-3072 whose exponent is as long", servers.Serving, "settings",
            () => CallerClient.ShakeHttp2Async(mesh, SslProtocols.Tls13, few)));
        kinds.Add(new(
            "marble-exponent",
            "a Marble's endpoint: one of them",
            servers.Marble,
            CallerClient.Closed,
            () => CallerClient.ShakeAsync(marble, chain: alone)));
        var single = SslStreamCertificateContext.Create(CallerCertificates.CreateSingle(), additionalCertificates: null, offline: true);
        kinds.Add(new(
            "marble-single",
            "a Marble's endpoint: one self-signed certificate",
            servers.Marble,
            CallerClient.Closed,
            () => CallerClient.ShakeAsync(marble, chain: single)));
        kinds.Add(new(
            "marble-without",
            "a Marble's endpoint: no certificate",
            servers.Marble,
            CallerClient.Closed,
            () => CallerClient.ShakeAsync(marble)));
        return kinds;
    }
}
