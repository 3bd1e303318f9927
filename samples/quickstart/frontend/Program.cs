using System.Security.Cryptography;
using System.Text;
using MarbleRun.Identity;

// The mesh's door to the outside: its callers are not Marbles, so it asks them for no certificate.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddMarble(marble => marble.RequireMarbleClients = false);

// Activated already: what the manifest gives is there while services are registered. Both Marbles get the same key, so the frontend can
// tell whether the backend has it.
byte[] key = Convert.FromHexString(builder.Configuration["GREETING_KEY"]!);
builder.Services
    .AddHttpClient("backend", client => client.BaseAddress = new Uri(builder.Configuration["BackendAddress"]!))
    .UseMarbleIdentity(tls => tls.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));
WebApplication app = builder.Build();

app.MapGet("/hello/{name}", async (string name, IHttpClientFactory clients) =>
{
    string signature = await clients
        .CreateClient("backend")
        .GetStringAsync(new Uri($"/sign/{Uri.EscapeDataString(name)}", UriKind.Relative));

    bool sameKey = CryptographicOperations.FixedTimeEquals(
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(name)), Convert.FromHexString(signature));
    return sameKey
        ? Results.Text($"Hello {name}, signed by the backend: {signature}")
        : Results.Problem("The backend has another key than the frontend.");
});

app.Run();
