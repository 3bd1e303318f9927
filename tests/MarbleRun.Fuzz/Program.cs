using System.Globalization;
using MarbleRun.Fuzz;

// fuzz TARGET             one input after another from afl-fuzz
// mutate TARGET COUNT     COUNT inputs mutated from the seeds, without a fuzzer, for a quick check; "all" is every target
// measure TARGET FOLDER   every file of a folder as an input
// seeds FOLDER            writes the seeds, one folder for each target
// evidence FOLDER         makes new evidence of SEV-SNP
return args switch
{
    ["fuzz", var target] => Commands.Fuzz(target),
    ["mutate", var target, var count] => Commands.Mutate(target, int.Parse(count, CultureInfo.InvariantCulture)),
    ["measure", var target, var folder] => Commands.Measure(target, folder),
    ["seeds", var folder] => Commands.WriteSeeds(folder),
    ["evidence", var folder] => Commands.WriteEvidence(folder),
    _ => Commands.Explain(),
};
