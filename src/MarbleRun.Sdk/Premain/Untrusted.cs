namespace MarbleRun.Activation;

/// <summary>The one form in which a Coordinator is refused.</summary>
internal static class Untrusted
{
    public static MarbleActivationException Refuse(Uri address, string what, string remedy, Exception? cause = null) => new(
        MarbleActivationFailure.CoordinatorUntrusted,
        $"The Coordinator at {address.Authority} is not one that this Marble obeys, and nothing from it was applied: {what}. {remedy}",
        cause);
}
