namespace MarbleRun.AspNetCore.Limits;

/// <summary>What a request in the clear is answered with at a port that speaks TLS.</summary>
internal static class PlainHttp
{
    /// <summary>Byte for byte what a server of Go answers, whose sentence people search for.</summary>
    public static ReadOnlyMemory<byte> Answer { get; } =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"u8.ToArray();
}
