using MarbleRun.Coordinator.Hosting;

// While developing, each start is a new mesh, with the manifest that the last build made: the measurements of the Marbles change with every build.
string state = Path.Combine(Path.GetTempPath(), $"marblerun-{Path.GetRandomFileName()}");
string manifest = Path.Combine(AppContext.BaseDirectory, "manifest.json");
try
{
    return await CoordinatorApplication.RunAsync(args, builder =>
    {
        if (builder.Environment.IsDevelopment())
        {
            builder.Configuration["Coordinator:SealDirectory"] = state;
            builder.Configuration["Coordinator:StartupManifest"] ??= File.Exists(manifest) ? manifest : null;
        }
    });
}
finally
{
    if (Directory.Exists(state))
    {
        Directory.Delete(state, recursive: true);
    }
}
