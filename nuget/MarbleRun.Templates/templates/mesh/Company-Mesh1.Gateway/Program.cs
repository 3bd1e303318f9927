using MarbleRun.Identity;
using MeshNamespace1.Gateway;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// The mesh's door to the outside: appsettings.json says that its callers need no certificate (Marble:RequireMarbleClients).
builder.Services.AddMarble();
builder.Services
    .AddHttpClient<BackendClient>(
        (services, client) => client.BaseAddress = services.GetRequiredService<IConfiguration>().GetValue<Uri>("Backend"))
    .UseMarbleIdentity(tls => tls.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));

WebApplication app = builder.Build();
app.MapGet("/hello/{name}", async (string name, BackendClient backend, CancellationToken cancellationToken) =>
    $"Hello {name}, signed by the backend: {await backend.SignAsync(name, cancellationToken)}");
app.Run();
