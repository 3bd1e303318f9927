using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Http;

/// <summary>Endpoints that a manifest must enable.</summary>
internal static class FeatureGate
{
    /// <exception cref="ApiException">403: the manifest does not enable the feature, or there is no manifest.</exception>
    public static void Require(CoordinatorState state, string feature)
    {
        if (state.Manifest?.Manifest.Config.HasFeature(feature) != true)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, JSendStatus.Error, $"{feature} feature is not enabled in the manifest");
        }
    }
}
