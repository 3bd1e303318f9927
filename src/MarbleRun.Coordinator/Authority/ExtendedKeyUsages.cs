namespace MarbleRun.Coordinator.Authority;

/// <summary>The purposes of a certificate's key (RFC 5280, 4.2.1.12).</summary>
internal static class ExtendedKeyUsages
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
}
