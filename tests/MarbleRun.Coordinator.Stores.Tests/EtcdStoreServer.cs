using System.Globalization;
using System.Text;
using System.Text.Json;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>One member of etcd, without authentication.</summary>
public sealed class EtcdStoreServer : StoreServer
{
    public override string Name => $"etcd at '{Endpoint}'";

    public string Endpoint => $"http://127.0.0.1:{Process!.Port}";

    public override string Kind => "etcd";

    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) =>
        [("Coordinator:Store:Etcd:Endpoints", $"http://127.0.0.1:{port}"), ("Coordinator:Store:Etcd:Deployment", deployment)];

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) =>
        [("Coordinator:Store:Etcd:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture))];

    public override async Task ChangeRecordAsync(string deployment, string replica, long sequence)
    {
        string key = Convert.ToBase64String(Encoding.UTF8.GetBytes($"/marblerun/{deployment}/audit/{replica}/records/{sequence:D20}"));
        using var found = JsonDocument.Parse(await PostAsync("kv/range", $$"""{"key":"{{key}}"}"""));
        string value = Encoding.UTF8.GetString(found.RootElement.GetProperty("kvs")[0].GetProperty("value").GetBytesFromBase64());
        string changed = Convert.ToBase64String(
            Encoding.UTF8.GetBytes(value.Replace("\"time\":\"2", "\"time\":\"1", StringComparison.Ordinal)));
        await PostAsync("kv/put", $$"""{"key":"{{key}}","value":"{{changed}}"}""");
    }

    protected override void Use(IServiceCollection services) => services.UseEtcdStore();

    protected override async Task<ServerProcess?> StartAsync() => await EtcdServer.StartAsync(Folder, "http");

    private async Task<string> PostAsync(string method, string body)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri($"{Endpoint}/v3/{method}"), new StringContent(body), TestContext.Current.CancellationToken);
        string answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, answer);
        return answer;
    }
}
