using BenchmarkDotNet.Running;
using MarbleRun.Benchmarks.Callers;
using MarbleRun.Benchmarks.Connections;
using MarbleRun.Benchmarks.Marbles;
using MarbleRun.Benchmarks.Replicas;

switch (args)
{
    case ["caller-cost", .. string[] options]:
        return await CallerCost.RunAsync(options);
    case ["marble-crowd", .. string[] options]:
        return await MarbleCrowd.RunAsync(options);
    case ["mesh-tls", .. string[] options]:
        return await MeshTls.RunAsync(options);
    case ["replicas", .. string[] options]:
        return await ReplicaCost.RunAsync(options);
    case [ServedMarble.Command]:
        return await ServedMarble.RunAsync();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MarbleRun.Benchmarks.RatioConfig).Assembly).Run(args);
        return 0;
}
