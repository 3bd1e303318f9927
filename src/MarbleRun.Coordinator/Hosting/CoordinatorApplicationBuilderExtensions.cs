using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Coordinator.Peers;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds a Coordinator to the pipeline of an application.</summary>
public static class CoordinatorApplicationBuilderExtensions
{
    /// <summary>
    /// Answers the requests of the Coordinator's mesh port, client port and, if it is open, metrics port. Requests of other ports pass
    /// through to what follows in the pipeline. Needs <c>services.AddCoordinator()</c>.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <exception cref="InvalidOperationException">The Coordinator's services are not registered.</exception>
    public static IApplicationBuilder UseCoordinator(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        ClientApi clientApi = app.ApplicationServices.GetService<ClientApi>()
            ?? throw new InvalidOperationException(
                "No Coordinator services are registered. Call services.AddCoordinator() before app.UseCoordinator().");

        PacedAnswers answers = app.ApplicationServices.GetRequiredService<PacedAnswers>();
        app.MapWhen(
            context => context.GetCoordinatorPort() == CoordinatorPort.Client,
            client =>
            {
                client.Use(answers.AnswerClientAsync);
                client.Run(clientApi.HandleAsync);
            });
        MonitoringPort monitoring = app.ApplicationServices.GetRequiredService<MonitoringPort>();
        app.MapWhen(
            context => context.GetCoordinatorPort() == CoordinatorPort.Metrics,
            metrics =>
            {
                metrics.Use(answers.AnswerMetricsAsync);
                metrics.Run(monitoring.HandleAsync);
            });
        MeshMessages messages = app.ApplicationServices.GetRequiredService<MeshMessages>();
        MeshMessageCheck check = app.ApplicationServices.GetRequiredService<MeshMessageCheck>();
        app.MapWhen(
            context => context.GetCoordinatorPort() == CoordinatorPort.Mesh,
            mesh =>
            {
                mesh.Use(RequireHttp2);
                mesh.UseRouting();
                mesh.Use(messages.InvokeAsync);
                mesh.Use(check.InvokeAsync);
                mesh.UseEndpoints(endpoints =>
                {
                    endpoints.MapGrpcService<MarbleGrpcService>();
                    endpoints.MapGrpcService<MeshGrpcService>();
                });
                mesh.Run(UnknownMethod.AnswerAsync);
            });
        app.MapWhen(
            context => context.GetCoordinatorPort() == CoordinatorPort.Peers,
            peers =>
            {
                peers.Use(RequireHttp2);
                peers.UseRouting();
                peers.Use(messages.InvokeAsync);
                peers.Use(check.InvokeAsync);
                peers.UseEndpoints(endpoints => endpoints.MapGrpcService<PeerGrpcService>());
                peers.Run(UnknownMethod.AnswerAsync);
            });
        return app;
    }

    /// <summary>gRPC needs HTTP/2; other connections are closed, as in MarbleRun 1.9.</summary>
    private static Task RequireHttp2(HttpContext context, RequestDelegate next)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            return next(context);
        }

        context.Abort();
        return Task.CompletedTask;
    }
}
