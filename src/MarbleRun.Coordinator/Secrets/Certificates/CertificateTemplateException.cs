namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>
/// The template of a certificate secret is refused; the message says what is wrong in it, for the caller that set the manifest.
/// </summary>
internal sealed class CertificateTemplateException(string message, Exception? innerException = null) : Exception(message, innerException);
