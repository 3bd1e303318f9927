namespace MarbleRun.AspNetCore;

/// <summary>The names that identify Marbles in ASP.NET Core's authentication.</summary>
public static class MarbleAuthentication
{
    /// <summary>The authentication scheme: <c>Marble</c>.</summary>
    public const string Scheme = "Marble";

    /// <summary>The claim with the Marble's type.</summary>
    public const string TypeClaim = "marblerun:type";

    /// <summary>The claim with the Marble's UUID, 36 characters, lower case.</summary>
    public const string IdClaim = "marblerun:id";

    /// <summary>The claim with the Marble's SPIFFE ID; absent if its certificate has none.</summary>
    public const string SpiffeIdClaim = "marblerun:spiffe-id";
}
