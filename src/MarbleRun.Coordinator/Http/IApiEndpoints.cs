namespace MarbleRun.Coordinator.Http;

/// <summary>The part of the client API that one capability answers.</summary>
internal interface IApiEndpoints
{
    /// <summary>Names the paths and who answers them.</summary>
    void Map(ApiRoutes routes);
}
