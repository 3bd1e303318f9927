using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace MarbleRun.Activation;

/// <summary>
/// Describes why no answer came, in the words of the failing layer: the socket, TLS, HTTP. gRPC reports all of them as "Error connecting to
/// subchannel."
/// </summary>
internal static class TransportFault
{
    /// <summary>Returns the reason of a failed call: the transport's if the transport failed, else the server's.</summary>
    public static string Describe(RpcException? failure) =>
        Chain(failure?.Status.DebugException).Select(Describe).FirstOrDefault(d => d is not null) ?? PeerText.Clean(failure?.Status.Detail);

    /// <summary>Whether the answer came from a server that speaks HTTP, and not gRPC.</summary>
    public static bool IsOtherServer(RpcException failure) =>
        failure.Status.Detail.StartsWith("Bad gRPC response", StringComparison.Ordinal);

    /// <summary>Whether the answer was longer than this side reads, with <see cref="StatusCode.ResourceExhausted"/>.</summary>
    public static bool IsTooLong(RpcException failure) =>
        failure.Status.Detail.Contains("maximum configured message size", StringComparison.Ordinal);

    private static string? Describe(Exception exception) => exception switch
    {
        SocketException socket => socket.Message + Explain(socket.SocketErrorCode),
        HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError } =>
            "the server does not speak HTTP/2, as a mesh port does",
        AuthenticationException tls => IsPlain(tls) ? NoTls : $"the TLS handshake failed: {Last(tls).Message}",
        IOException { InnerException: null } io => IsPlain(io) ? NoTls : $"the connection broke: {io.Message}",
        _ => null,
    };

    private const string NoTls = "the server does not speak TLS; it may be a plain HTTP server";

    private static string Explain(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery =>
            ": the name does not resolve to an address",
        SocketError.ConnectionRefused => ": nothing listens at that port",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown => ": there is no route to the network",
        SocketError.TimedOut => ": nothing answered",
        _ => string.Empty,
    };

    // SslStream reports it in no other way.
    private static bool IsPlain(Exception exception) =>
        Chain(exception).Any(e => e.Message.Contains("frame size", StringComparison.Ordinal));

    private static Exception Last(Exception exception) => Chain(exception).Last();

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
