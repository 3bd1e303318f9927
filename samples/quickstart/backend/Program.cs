using System.Security.Cryptography;
using System.Text;

// A service becomes a Marble by AddMarble(): before the first request it has proved its code and got its certificate and secrets.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddMarble();
WebApplication app = builder.Build();

// Only Marbles of type "frontend" get here; the handshake has already refused everybody who is not a Marble of this mesh.
app.MapGet("/sign/{name}", (string name) =>
{
    byte[] key = Convert.FromHexString(app.Configuration["GREETING_KEY"]!);
    return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(name)));
}).RequireMarble("frontend");

app.Run();
