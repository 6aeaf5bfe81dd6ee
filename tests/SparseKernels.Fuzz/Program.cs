using System.Globalization;
using SparseKernels.Fuzz;
using SparseKernels.Fuzz.Targets;

// Changed files for every reader of the library: nothing but its documented exceptions may leave it, within 2 s and 1 GB.
//   --target NAME     one reader instead of all; --list prints their names
//   --inputs N        changed files for each, 2,000 by default
//   --seed S          what the changes follow from, 1 by default
//   --first I         the number of the first, 0 by default: with --inputs 1 one is repeated
//   --file PATH       reads one file instead
//   --findings PATH   the folder for what is found
FuzzTarget[] all =
[
    new WeightsTarget(), new StateTarget(), new Cifar10Target(), new IdxTarget(), new IdxGzipTarget(), new PictureTarget(), new OnnxTarget(),
    new PruningSettingsTarget(), new CalibrationTarget(),
];
if (args is ["--list"])
{
    foreach (var target in all) Console.WriteLine(target.Name);
    return 0;
}

var options = new Dictionary<string, string>
{
    ["--target"] = "",
    ["--inputs"] = "2000",
    ["--seed"] = "1",
    ["--first"] = "0",
    ["--file"] = "",
    ["--findings"] = Path.Combine(Path.GetTempPath(), "sparsekernels-fuzz"),
};
for (var i = 0; i < args.Length; i += 2)
{
    if (!options.ContainsKey(args[i]) || i + 1 == args.Length)
    {
        Console.Error.WriteLine($"expected --list, or {string.Join(", ", options.Keys)}, each with a value; got {args[i]}.");
        return 2;
    }

    options[args[i]] = args[i + 1];
}

var chosen = options["--target"].Length == 0 ? all : [.. all.Where(target => target.Name == options["--target"])];
if (chosen.Length == 0 || (options["--file"].Length > 0 && chosen.Length > 1))
{
    Console.Error.WriteLine($"--target must be one of {string.Join(", ", all.Select(target => target.Name))}.");
    return 2;
}

var good = true;
foreach (var target in chosen)
{
    var fuzzer = new Fuzzer(target, Number("--seed"), options["--findings"]);
    good &= options["--file"].Length > 0 ? fuzzer.RunFile(options["--file"]) : fuzzer.Run(Number("--first"), Number("--inputs"));
}

return good ? 0 : 1;

int Number(string option) => int.Parse(options[option], CultureInfo.InvariantCulture);
