//#if (isWorker)
using MarbleNamespace1;
using MarbleRun.Identity;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);

// Before the worker starts, this process has proved its code and got its certificate and secrets.
builder.Services.AddMarble();

// Only a Marble of this mesh answers, and only one of this type.
builder.Services
    .AddHttpClient(Worker.Peer, client => client.BaseAddress = builder.Configuration.GetValue<Uri>("Peer:Address"))
    .UseMarbleIdentity(tls => tls.PeerPolicy = MarblePeerPolicy.AllowTypes(builder.Configuration["Peer:MarbleType"] ?? "backend"));
builder.Services.AddHostedService<Worker>();

IHost host = builder.Build();
host.Run();
//#elseif (isGrpc)
using MarbleNamespace1.Services;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// Before the first call, this process has proved its code and got its certificate and secrets.
builder.Services.AddMarble();
builder.Services.AddGrpc();

WebApplication app = builder.Build();

// Marbles of this mesh alone may call, whatever the configuration says; name types to let in only those.
app.MapGrpcService<GreeterService>().RequireMarble();
app.Run();
//#else
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// Before the first request, this process has proved its code and got its certificate and secrets.
builder.Services.AddMarble();

WebApplication app = builder.Build();

// Marbles of this mesh alone may call, whatever the configuration says; name types to let in only those.
app.MapGet("/", (HttpContext context) => $"Hello {context.GetMarblePeer()!.MarbleType}, this is company-marble1.").RequireMarble();
app.Run();
//#endif
