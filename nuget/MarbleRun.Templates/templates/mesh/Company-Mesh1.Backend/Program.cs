using MeshNamespace1.Backend;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// Before the first request, this process has proved its code and got its certificate and secrets.
builder.Services.AddMarble();
builder.Services.AddSingleton<Signer>();

WebApplication app = builder.Build();

// The handshake has refused everybody who is not a Marble of this mesh; of these only gateways get here.
app.MapGet("/sign/{name}", (string name, Signer signer) => signer.Sign(name)).RequireMarble("gateway");
app.Run();
