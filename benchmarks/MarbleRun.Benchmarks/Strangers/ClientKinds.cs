using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;

namespace MarbleRun.Benchmarks.Strangers;

/// <summary>Requests at the client port, over one connection.</summary>
internal static class ClientKinds
{
    private const int Largest = 8 * 1024 * 1024;

    public static async Task<List<StrangerKind>> CreateAsync(StrangerServers servers)
    {
        HttpMessageInvoker invoker = StrangerClient.CreateInvoker(certificate: null);

        StrangerKind Send(string name, string what, string answer, Func<string> path, Func<byte[]>? body = null) => new(
            name, "client port: " + what, servers.Serving, answer,
            () => StrangerClient.SendAsync(invoker, servers.Client, path(), body?.Invoke(), HttpVersion.Version11));

        StrangerKind First(string name, string what, byte[] body, string path = "/manifest", string answer = "400") => new(
            name, "before a manifest: " + what, servers.Fresh, answer,
            () => StrangerClient.SendAsync(invoker, servers.FreshClient, path, body, HttpVersion.Version11));

        byte[] genuine = (await servers.Platform.CreateIssuer(servers.Platform.MeasureRunningProcess()).IssueAsync(ReportData.ForCertificate("any"u8))).ToEvidence();
        return
        [
            Send("status", "a status over an open connection", "200", () => "/api/v2/status"),
            Send("quote", "the quote that everybody gets", "200", () => "/api/v2/quote"),
            Send("quote-nonce", "a quote over a fresh nonce", "200", () => $"/api/v2/quote?nonce={Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_')}"),
            Send("manifest", "a manifest of 500 KB is read", "200", () => "/api/v2/manifest"),
            Send("update-log", "the update log is read", "200", () => "/api/v2/update"),
            Send("secrets", "secrets without a certificate, 8 MiB are announced", "401", () => "/api/v2/secrets", () => new byte[Largest]),
            Send("second-manifest", "a second manifest of 8 MiB", "400", () => "/manifest", () => new byte[Largest]),
            Send("sign-quote", "a genuine quote is signed", "200", () => "/api/v2/sign-quote", () => SignQuote(genuine)),
            Send("sign-quote-garbage", "64 KiB of random bytes are to be signed", "400", () => "/api/v2/sign-quote", () => SignQuote(RandomNumberGenerator.GetBytes(65_536))),
            Send("resets", "HTTP/2, a connection with 100 requests that are reset at once", "reset", () => string.Empty) with { SendAsync = () => ResetAsync(servers.Client) },
            First("first-numbers", "8 MB of numbers", Fill("{\"Packages\":[1", ",1", "]}")),
            First("first-depth", "8 MB of arrays in arrays", Fill("{\"Packages\":", "[", string.Empty)),
            First("first-members", "8 MB of unknown members", Fill("{\"a\":1", ",\"x\":1", "}")),
            First("first-templates", "8 MB of Marbles whose package does not exist", Marbles()),
            new("recover", "in recovery: 16 KB of random bytes as a share", servers.Locked, "400", () => StrangerClient.SendAsync(
                invoker, servers.LockedClient, "/api/v2/recover", Json("recoverySecret", RandomNumberGenerator.GetBytes(12_000)), HttpVersion.Version11)),
        ];
    }

    private static byte[] SignQuote(byte[] quote) => Json("sgxQuote", quote);

    private static byte[] Json(string member, byte[] value) => Encoding.ASCII.GetBytes($"{{\"{member}\":\"{Convert.ToBase64String(value)}\"}}");

    private static byte[] Fill(string start, string repeated, string end)
    {
        var text = new StringBuilder(start);
        text.Insert(text.Length, repeated, (Largest - 100) / repeated.Length).Append(end);
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static byte[] Marbles()
    {
        var text = new StringBuilder("{\"Packages\":{\"app\":{\"UniqueID\":\"" + new string('a', 64) + "\"}},\"Marbles\":{\"m\":{\"Package\":\"none\"}");
        for (int i = 0; text.Length < Largest - 300; i++)
        {
            text.Append(",\"m").Append(i).Append("\":{\"Package\":\"app\",\"Parameters\":{\"Env\":{\"A\":\"{{ hex .Secrets.a }} {{ pem .MarbleRun.RootCA.Cert }}\"}}}");
        }

        return Encoding.ASCII.GetBytes(text.Append("}}").ToString());
    }

    private static async Task<string> ResetAsync(IPEndPoint port)
    {
        await using SslStream ssl = await StrangerClient.ConnectAsync(port, SslProtocols.Tls13, chain: null, http2: true);
        var frames = new List<byte>();
        frames.AddRange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0"u8);
        for (int i = 0; i < 100; i++)
        {
            // GET / of localhost, then "cancel".
            byte stream = (byte)((2 * i) + 1);
            frames.AddRange([0, 0, 14, 1, 5, 0, 0, 0, stream, 0x82, 0x87, 0x84, 0x41, 9, .. "localhost"u8]);
            frames.AddRange([0, 0, 4, 3, 0, 0, 0, 0, stream, 0, 0, 0, 8]);
        }

        await ssl.WriteAsync(frames.ToArray());
        try
        {
            return await ssl.ReadAsync(new byte[100]) > 0 ? "reset" : StrangerClient.Closed;
        }
        catch (IOException)
        {
            return StrangerClient.Closed;
        }
    }
}
