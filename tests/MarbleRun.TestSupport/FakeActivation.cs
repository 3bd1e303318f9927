namespace MarbleRun.TestSupport;

/// <summary>One activation request as a <see cref="FakeCoordinator"/> got it.</summary>
/// <param name="Evidence">The quote as on the wire.</param>
/// <param name="Request">PKCS#10, DER.</param>
/// <param name="MarbleType">The type.</param>
/// <param name="Uuid">The UUID, as text.</param>
/// <param name="ClientCertificate">The TLS client's certificate, DER.</param>
/// <param name="Renews">Whether the Marble says that it renews its certificate.</param>
public sealed record FakeActivation(
    byte[] Evidence, byte[] Request, string MarbleType, string Uuid, byte[] ClientCertificate, bool Renews);
