namespace MarbleRun.Coordinator.Http;

/// <summary>The part of the client API that one capability implements.</summary>
internal interface IApiEndpoints
{
    /// <summary>Registers the paths and their handlers.</summary>
    void Map(ApiRoutes routes);
}
