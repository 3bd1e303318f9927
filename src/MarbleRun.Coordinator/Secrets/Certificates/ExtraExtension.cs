namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>A whole extension of a template.</summary>
/// <param name="Oid">The object identifier in dots.</param>
/// <param name="IsCritical">Whether who does not know it must refuse the certificate.</param>
/// <param name="Value">What the extension's OCTET STRING holds.</param>
internal sealed record ExtraExtension(string Oid, bool IsCritical, byte[] Value);
