using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(MarbleRun.Benchmarks.RatioConfig).Assembly).Run(args);
