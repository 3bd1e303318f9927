using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace MarbleRun.Activation;

/// <summary>Says why no answer came, in the words of who knows it: the socket, TLS, HTTP. What gRPC says of all of them is "Error connecting to subchannel."</summary>
internal static class TransportFault
{
    /// <summary>The reason of a failed call: of the transport if it failed, else the server's.</summary>
    public static string Describe(RpcException? failure) =>
        Chain(failure?.Status.DebugException).Select(Describe).FirstOrDefault(d => d is not null) ?? PeerText.Clean(failure?.Status.Detail);

    /// <summary>Whether something answered that speaks HTTP, and not gRPC.</summary>
    public static bool IsOtherServer(RpcException failure) => failure.Status.Detail.StartsWith("Bad gRPC response", StringComparison.Ordinal);

    private static string? Describe(Exception exception) => exception switch
    {
        SocketException socket => socket.Message + Explain(socket.SocketErrorCode),
        HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError } =>
            "the server does not speak HTTP/2, as a mesh port does",
        AuthenticationException tls => IsPlain(tls) ? NoTls : $"the TLS handshake failed: {Last(tls).Message}",
        IOException { InnerException: null } io => IsPlain(io) ? NoTls : $"the connection broke: {io.Message}",
        _ => null,
    };

    private const string NoTls = "what answers does not speak TLS; it may be a plain HTTP server";

    private static string Explain(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => ": the name has no address here",
        SocketError.ConnectionRefused => ": nothing listens at that port",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown => ": no network leads there",
        SocketError.TimedOut => ": nothing answered",
        _ => string.Empty,
    };

    // SslStream has no other sign of it.
    private static bool IsPlain(Exception exception) => Chain(exception).Any(e => e.Message.Contains("frame size", StringComparison.Ordinal));

    private static Exception Last(Exception exception) => Chain(exception).Last();

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
