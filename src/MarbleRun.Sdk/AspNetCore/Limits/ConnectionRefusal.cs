namespace MarbleRun.AspNetCore.Limits;

/// <summary>Why a connection was closed before its handshake was over.</summary>
internal enum ConnectionRefusal
{
    /// <summary>Nothing that TLS begins with.</summary>
    NotTls = 0,

    /// <summary>HTTP in the clear.</summary>
    PlainHttp,

    /// <summary>More bytes than a handshake may have.</summary>
    HandshakeTooLarge,

    /// <summary>The address has too many connections.</summary>
    TooManyOfAddress,
}
