using MarbleRun.Coordinator.Hosting;

// A Coordinator whose state is in a store that several of them share. Of these three lines, a deployment needs one.
Action<IServiceCollection>? useStore = args.FirstOrDefault() switch
{
    "postgresql" => services => services.UsePostgreSqlStore(),
    "etcd" => services => services.UseEtcdStore(),
    "kubernetes" => services => services.UseKubernetesStore(),
    _ => null,
};
if (useStore is null)
{
    await Console.Error.WriteLineAsync("Usage: HighAvailability.Coordinator postgresql|etcd|kubernetes [options of the Coordinator]");
    return 1;
}

return await CoordinatorApplication.RunAsync(args[1..], builder => useStore(builder.Services));
