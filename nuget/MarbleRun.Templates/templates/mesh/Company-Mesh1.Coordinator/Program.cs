using MarbleRun.Coordinator.Hosting;

return await CoordinatorApplication.RunAsync(args, builder =>
{
    if (builder.Environment.IsDevelopment())
    {
        // A new mesh at each start, with the manifest that the last build made: the measurements of the Marbles change with every build.
        string manifest = Path.Combine(AppContext.BaseDirectory, "manifest.json");
        builder.Configuration["Coordinator:StartupManifest"] = File.Exists(manifest) ? manifest : null;
        builder.Configuration["Coordinator:SealDirectory"] = Directory.CreateTempSubdirectory("marblerun-").FullName;
    }
});
