using MarbleRun.Fuzz;

// fuzz TARGET            one input after another from afl-fuzz
// mutate TARGET COUNT    COUNT inputs mutated from the seeds, without a fuzzer, for a quick check
// seeds FOLDER           writes the seeds, one folder for each target
return args switch
{
    ["fuzz", var target] => Commands.Fuzz(target),
    ["mutate", var target, var count] => Commands.Mutate(target, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)),
    ["seeds", var folder] => Commands.WriteSeeds(folder),
    _ => Commands.Explain(),
};
