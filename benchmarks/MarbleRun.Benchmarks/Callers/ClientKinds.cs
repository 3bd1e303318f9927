using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>Requests at the client port, over one connection.</summary>
internal static class ClientKinds
{
    private const int Largest = 8 * 1024 * 1024;

    /// <summary>The largest first manifest of a caller who is not known, and the most values in it.</summary>
    private const int LargestFirst = 128 * 1024;
    private const int MostValues = 2048;
    private const string Secret = ",\"Secrets\":{\"a\":{\"Type\":\"symmetric-key\",\"Size\":128}}";

    public static async Task<List<RequestKind>> CreateAsync(MeasuredServers servers)
    {
        HttpMessageInvoker invoker = CallerClient.CreateInvoker(certificate: null);

        RequestKind Send(string name, string what, string answer, Func<string> path, Func<byte[]>? body = null) => new(
            name, "client port: " + what, servers.Serving, answer,
            () => CallerClient.SendAsync(invoker, servers.Client, path(), body?.Invoke(), HttpVersion.Version11));

        RequestKind First(string name, string what, byte[] body, string path = "/manifest", string answer = "400") => new(
            name, "before a manifest: " + what, servers.Fresh, answer,
            () => CallerClient.SendAsync(invoker, servers.FreshClient, path, body, HttpVersion.Version11));

        byte[] genuine = (await servers.Platform
            .CreateIssuer(servers.Platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate("any"u8))).ToEvidence();
        return
        [
            Send("status", "a status over an open connection", "200", () => "/api/v2/status"),
            Send("quote", "the quote that everybody gets", "200", () => "/api/v2/quote"),
            Send("quote-nonce", "a quote over a fresh nonce", "200", () =>
                $"/api/v2/quote?nonce={Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_')}"),
            Send("manifest", "a manifest of 500 KB is read", "200", () => "/api/v2/manifest"),
            Send("update-log", "the update log is read", "200", () => "/api/v2/update"),
            Send("secrets", "secrets without a certificate, 8 MiB are announced", "401", () => "/api/v2/secrets", () => new byte[Largest]),
            Send("second-manifest", "a second manifest of 8 MiB", "400", () => "/manifest", () => new byte[Largest]),
            Send("sign-quote", "a genuine quote is signed", "200", () => "/api/v2/sign-quote", () => SignQuote(genuine)),
            Send(
                "sign-quote-garbage",
                "64 KiB of random bytes are to be signed",
                "400",
                () => "/api/v2/sign-quote",
                () => SignQuote(RandomNumberGenerator.GetBytes(65_536))),
            Send("resets", "HTTP/2, a connection with 100 requests that are reset at once", "reset", () => string.Empty) with
            {
                SendAsync = () => ResetAsync(servers.Client),
            },
            First("first-large", "8 MB", Fill("{\"Packages\":[1", ",1", "]}", Largest), answer: "413"),
            First("first-values", "128 KB of numbers", Fill("{\"Packages\":[1", ",1", "]}", LargestFirst)),
            First("first-depth", "arrays in arrays", Fill("{\"Packages\":", "[", string.Empty, MostValues)),
            First("first-members", "2,000 unknown members", Fill("{\"a\":1", ",\"x\":1", "}", 6 * MostValues)),
            First(
                "first-marbles",
                "1,000 Marbles whose package does not exist",
                Manifest(Repeat("\"m{0}\":{{}}", (MostValues / 2) - 20), string.Empty)),
            First("first-roles", "2,000 roles that do not exist", Manifest(
                "\"m\":{\"Package\":\"app\"}",
                ",\"Users\":{\"u\":{\"Certificate\":\"\",\"Roles\":[" + Repeat("\"r{0}\"", MostValues - 100) + "]}}")),
            First("first-templates", "2,000 variables with templates, more than are read", Manifest(
                "\"m\":{\"Package\":\"app\",\"Parameters\":{\"Env\":{"
                + Repeat("\"V{0}\":\"{{{{ hex .Secrets.a }}}}\"", MostValues - 100)
                + ",\"W\":\"{{ .None }}\"}}}", Secret)),
            First("first-template", "a variable of 128 KB of templates, more than are read", Manifest(
                "\"m\":{\"Package\":\"app\",\"Parameters\":{\"Env\":{\"A\":\""
                + Repeat("{{{{ hex .Secrets.a }}}}", 5500, " ")
                + "{{ .None }}\"}}}",
                Secret)),
            First("first-users", "certificates of 31 users, and an invalid one", Manifest(
                "\"m\":{\"Package\":\"app\"}", ",\"Users\":{" + Users(31) + ",\"z\":{\"Certificate\":\"none\"}}")),
            First("first-keys-unmade", "8 keys of RSA-4096, and a template that fails", Keys(",\"z\":\"{{ .None }}\"")),
            new(
                "first-keys",
                "before a manifest: 8 keys of RSA-4096, whose sender leaves (each key once)",
                servers.Fresh,
                CallerClient.Closed,
                () => LeaveAsync(servers, Keys(string.Empty)))
            {
                IsSlow = true,
            },
            new("recover", "in recovery: 16 KB of random bytes as a share", servers.Locked, "400", () => CallerClient.SendAsync(
                invoker,
                servers.LockedClient,
                "/api/v2/recover",
                Json("recoverySecret", RandomNumberGenerator.GetBytes(12_000)),
                HttpVersion.Version11)),
        ];
    }

    private static byte[] SignQuote(byte[] quote) => Json("sgxQuote", quote);

    private static byte[] Json(string member, byte[] value) =>
        Encoding.ASCII.GetBytes($"{{\"{member}\":\"{Convert.ToBase64String(value)}\"}}");

    private static byte[] Fill(string start, string repeated, string end, int length)
    {
        var text = new StringBuilder(start);
        text.Insert(text.Length, repeated, (length - 100) / repeated.Length).Append(end);
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static string Repeat(string format, int count, string separator = ",") =>
        string.Join(separator, Enumerable.Range(0, count).Select(i => string.Format(CultureInfo.InvariantCulture, format, i)));

    private static byte[] Manifest(string marbles, string further) =>
        Encoding.ASCII.GetBytes(
            $"{{\"Packages\":{{\"app\":{{\"UniqueID\":\"{new string('a', 64)}\"}}}},\"Marbles\":{{{marbles}}}{further}}}");

    private static string Users(int count)
    {
        using X509Certificate2 certificate = CallerCertificates.CreateSingle();
        string pem = certificate.ExportCertificatePem().ReplaceLineEndings("\\n");
        return Repeat("\"u{0}\":{{\"Certificate\":\"" + pem + "\"}}", count);
    }

    private static byte[] Keys(string variable)
    {
        string secrets = Repeat("\"s{0}\":{{\"Type\":\"cert-rsa\",\"Size\":4096,\"Shared\":true}}", 8);
        string variables = Repeat("\"S{0}\":\"{{{{ pem .Secrets.s{0}.Cert }}}}\"", 8);
        return Manifest(
            "\"m\":{\"Package\":\"app\",\"Parameters\":{\"Env\":{" + variables + variable + "}}}", ",\"Secrets\":{" + secrets + "}");
    }

    /// <summary>
    /// Sends a first manifest and goes while the first key is made, which is made to its end; the others are not. It ends when the server
    /// does nothing any more, and still waits for its manifest.
    /// </summary>
    private static async Task<string> LeaveAsync(MeasuredServers servers, byte[] body)
    {
        await using (SslStream ssl = await CallerClient.ConnectAsync(servers.FreshClient, SslProtocols.Tls13, chain: null))
        {
            await ssl.WriteAsync((byte[])[
                .. Encoding.ASCII.GetBytes($"POST /manifest HTTP/1.1\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n\r\n"),
                .. body,
            ]);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        await servers.Fresh.WaitUntilIdleAsync();
        using HttpMessageInvoker invoker = CallerClient.CreateInvoker(certificate: null);
        string refused = await CallerClient.SendAsync(
            invoker, servers.FreshClient, "/api/v2/manifest", body: null, HttpVersion.Version11);
        return refused == "500" ? CallerClient.Closed : $"a manifest that is set ({refused})";
    }

    private static async Task<string> ResetAsync(IPEndPoint port)
    {
        await using SslStream ssl = await CallerClient.ConnectAsync(port, SslProtocols.Tls13, chain: null, http2: true);
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
            return await ssl.ReadAsync(new byte[100]) > 0 ? "reset" : CallerClient.Closed;
        }
        catch (IOException)
        {
            return CallerClient.Closed;
        }
    }
}
