using BenchmarkDotNet.Running;
using MarbleRun.Benchmarks.Strangers;

switch (args)
{
    case ["stranger-cost", .. string[] options]:
        return await StrangerCost.RunAsync(options);
    case [ServedMarble.Command]:
        return await ServedMarble.RunAsync();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MarbleRun.Benchmarks.RatioConfig).Assembly).Run(args);
        return 0;
}
