namespace MarbleRun.Activation.Trust;

/// <summary>Creates the exception for a refused Coordinator.</summary>
internal static class Untrusted
{
    public static MarbleActivationException Refuse(
        CoordinatorAddresses address, string what, string remedy, Exception? cause = null) => new(
        MarbleActivationFailure.CoordinatorUntrusted,
        $"The Coordinator at {address.Authority} is not trusted by this Marble, and nothing from it was applied: {what}. {remedy}",
        cause);
}
