using MarbleRun.Packages.Tests.Workbench;

// One build at a time: the documents' commands use the ports that the templates use.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PackageFeed))]
