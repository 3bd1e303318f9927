namespace MarbleRun.Coordinator.Authority;

/// <summary>The keys that the Coordinator makes for its own certificates and for those of Marbles.</summary>
public enum KeyAlgorithm
{
    /// <summary>ECDSA over P-256 with SHA-256 (FIPS 186-5). The default: quotes are P-256 too, so nothing weaker is introduced.</summary>
    EcdsaP256 = 0,

    /// <summary>ECDSA over P-384 with SHA-384 (FIPS 186-5), as MarbleRun 1.9 uses.</summary>
    EcdsaP384,
}
