using MarbleRun.Coordinator.Hosting;

// While developing, the mesh stays from start to start (appsettings.Development.json). The manifest is the one that the last build made and
// signed; if that is another one, it replaces the one in force, and root and uploaded secrets stay.
string manifest = Path.Combine(AppContext.BaseDirectory, "manifest.json");
string signatures = Path.Combine(AppContext.BaseDirectory, "manifest.signatures.json");
return await CoordinatorApplication.RunAsync(args, builder =>
{
    if (builder.Environment.IsDevelopment() && File.Exists(manifest))
    {
        builder.Configuration["Coordinator:StartupManifest"] ??= manifest;
        builder.Configuration["Coordinator:StartupManifestSignatures"] ??= File.Exists(signatures) ? signatures : null;
    }
});
