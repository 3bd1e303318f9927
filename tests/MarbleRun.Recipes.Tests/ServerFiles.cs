namespace MarbleRun.Recipes.Tests;

/// <summary>Where a server finds its certificate, its key and the certificate under which its clients are.</summary>
internal sealed record ServerFiles(string Certificate, string Key, string Root);
