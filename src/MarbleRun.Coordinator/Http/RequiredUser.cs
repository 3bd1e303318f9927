using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;

namespace MarbleRun.Coordinator.Http;

/// <summary>Answers requests of unknown callers to endpoints that require a user.</summary>
internal static class RequiredUser
{
    /// <param name="login">Recognises users.</param>
    /// <param name="context">The request.</param>
    /// <param name="state">The snapshot that the request is answered from.</param>
    /// <param name="status">Error in the first generation of the API, fail in the second.</param>
    /// <exception cref="ApiException">401: there is no such user.</exception>
    public static async Task<MeshUser> RequireAsync(
        this UserLogin login, HttpContext context, CoordinatorState state, JSendStatus status) =>
        await login.RecogniseAsync(context, state.Manifest?.Users)
        ?? throw new ApiException(StatusCodes.Status401Unauthorized, status, $"unauthorized user: {UserLogin.Unknown}");
}
