using System.ComponentModel.DataAnnotations;

namespace MarbleRun.Coordinator;

/// <summary>Limits of the resources that callers may use at the Coordinator's ports: configuration section
/// <c>Coordinator:Limits</c>.</summary>
public sealed class LimitOptions
{
    /// <summary>
    /// The largest message that the mesh port accepts, in bytes, from 16,384 to 4,194,304; the default is 262,144. A larger one is answered
    /// with <c>RESOURCE_EXHAUSTED</c>. A Marble's quote, request and type need about ten thousand.
    /// </summary>
    [Range(16_384, 4_194_304)]
    public int MaxMessageSize { get; set; } = 256 * 1024;

    /// <summary>How many requests of one HTTP/2 connection are answered at the same time, from 1 to 100; the default is 8. The client
    /// queues further requests.</summary>
    [Range(1, 100)]
    public int MaxStreamsPerConnection { get; set; } = 8;

    /// <summary>How many connections each port holds open, from 16 to 1,000,000; the default is 4,096. Further connections are closed
    /// immediately.</summary>
    [Range(16, 1_000_000)]
    public int MaxConnections { get; set; } = 4096;

    /// <summary>
    /// The total bytes of unfinished request bodies of all ports. 0, which is the default, means eight times
    /// <see cref="CoordinatorOptions.MaxRequestBodySize"/>, and at least 64 MiB; another value must be at least four times that size, and
    /// at most 1 TiB. A quarter is reserved for users of the manifest and for Marbles; of the rest, callers of one port get a half, and
    /// callers of one address two bodies of the largest size. A request that does not fit is answered with 503, at the mesh port with
    /// <c>UNAVAILABLE</c>.
    /// </summary>
    [Range(0d, 1_099_511_627_776d)]
    public long MaxUnfinishedBytes { get; set; }

    /// <summary>
    /// The time limit of a request's body, from its headers to its last byte, from 1 second to 10 minutes; the default is 30 seconds. Then
    /// the request is answered with 408, at the mesh port with <c>DEADLINE_EXCEEDED</c>.
    /// </summary>
    [DurationRange("00:00:01", "00:10:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The time that a client may take to read an answer of the client port, from its first byte to its last, from 1 second to 1 hour; the
    /// default is 1 minute. Then the request is aborted. At the metrics port it is 10 seconds at most.
    /// </summary>
    [DurationRange("00:00:01", "01:00:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The value of <see cref="ConnectionLimits.MaxHandshakeBytes"/> at the client port, from 2,048 to 262,144; the default is 5,120, which
    /// is enough for a user's certificate with RSA-4096 and that of its issuer.
    /// </summary>
    [Range(2048, 262_144)]
    public int MaxClientHandshakeBytes { get; set; } = 5120;

    /// <summary>Limits of the resources that callers may use before their TLS handshake is complete.</summary>
    public ConnectionLimits Connections { get; set; } = new();

    internal long UnfinishedBytes(long maxRequestBodySize) =>
        MaxUnfinishedBytes > 0 ? MaxUnfinishedBytes : Math.Max(64 * 1024 * 1024, 8 * maxRequestBodySize);

    /// <summary>What the ranges of the members do not say.</summary>
    internal IEnumerable<string> FindFaults(long maxRequestBodySize)
    {
        if (MaxUnfinishedBytes != 0 && MaxUnfinishedBytes < 4 * maxRequestBodySize)
        {
            yield return $"{nameof(MaxUnfinishedBytes)} must be four times MaxRequestBodySize at least, or 0 for eight times";
        }

        foreach (string fault in Connections.FindFaults())
        {
            yield return $"{nameof(Connections)}:{fault}";
        }
    }
}
