using System.Diagnostics;
using System.Globalization;
using SparseKernels.Fuzz.Targets;
using SparseKernels.Memory;
using SparseKernels.TestSupport;

namespace SparseKernels.Fuzz;

/// <summary>
/// Gives a reader changed files, one after the other, and keeps those at which it does what it should not: throws what nobody was told of,
/// takes over 2 s, or takes over 1 GB of memory. Memory is all that the reader's thread allocates for the input, managed and native, freed
/// since or not, so more than it ever holds; time is of the clock, and an input that was slow is read once more, lest another process's
/// load be taken for its own.
/// </summary>
/// <param name="target">The reader.</param>
/// <param name="seed">What every change follows from, with the input's number.</param>
/// <param name="findings">The folder for inputs that are kept.</param>
internal sealed class Fuzzer(FuzzTarget target, int seed, string findings)
{
    private const long MostBytes = 1L << 30;
    private const int MostKinds = 20;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_hangs = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, string> _kinds = [];
    private FuzzInput? _current;
    private long _begun;
    private TimeSpan _slowest;
    private long _largest;

    /// <summary>Reads a range of inputs and prints what came of it.</summary>
    /// <param name="first">The number of the first.</param>
    /// <param name="count">How many.</param>
    /// <returns>Whether all went as it should.</returns>
    public bool Run(int first, int count)
    {
        using var folder = Prepare();
        using var watch = new Timer(_ => ExitIfHanging(), null, s_hangs, TimeSpan.FromSeconds(1));
        var (refused, read) = (0, 0);
        var start = Stopwatch.GetTimestamp();
        foreach (var file in target.Corpus) Require(folder, file);
        for (var i = first; i < first + count; i++)
        {
            // A prime keeps the sequences of neighbouring seeds apart.
            var input = target.Change(new Random(unchecked((seed * 1_000_003) + i)));
            if (Try(folder, input, i)) read++;
            else refused++;
        }

        foreach (var (kind, repeat) in _kinds) Console.WriteLine($"FINDING in {target.Name}: {kind}\n  {repeat}");
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {count} inputs from {first}, seed {seed}: {refused} refused, {read} read, {_kinds.Count} kinds of findings; slowest {_slowest.TotalMilliseconds:F1} ms, most memory {_largest / 1e6:F1} MB; {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
        return _kinds.Count == 0;
    }

    /// <summary>Reads one file.</summary>
    /// <param name="path">Whose content is given to the reader under its own name.</param>
    public bool RunFile(string path)
    {
        using var folder = Prepare();

        // A finding's file is called number-name.
        var name = Path.GetFileName(path);
        name = target.Corpus.Select(file => file.Name).FirstOrDefault(known => name.EndsWith(known, StringComparison.Ordinal)) ?? target.Corpus[0].Name;
        var accepted = Try(folder, new FuzzInput(name, File.ReadAllBytes(path)), 0);
        foreach (var kind in _kinds.Keys) Console.WriteLine($"FINDING in {target.Name}: {kind}");
        if (_kinds.Count == 0) Console.WriteLine($"{target.Name}: {(accepted ? "read" : "refused")}");
        return _kinds.Count == 0;
    }

    private TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        foreach (var file in target.Beside) folder.Write(file.Name, file.Content);
        return folder;
    }

    /// <summary>A corpus that isn't read would let every input fail early.</summary>
    private void Require(TemporaryFolder folder, CorpusFile file)
    {
        var path = Put(folder, file.Name, file.Content);
        target.Read(folder.Path, path);
        Restore(folder, file.Name);
    }

    private bool Try(TemporaryFolder folder, FuzzInput input, int number)
    {
        var path = Put(folder, input.Name, input.Content);
        var (thrown, time, bytes) = Measure(folder, input, path);
        if (time > s_longest) (thrown, time, bytes) = Measure(folder, input, path);
        (_slowest, _largest) = (time > _slowest ? time : _slowest, Math.Max(bytes, _largest));
        var kind = thrown is not null && !target.IsDocumented(thrown, folder.Path) ? KindOf(thrown)
            : thrown is null && input.MustBeRefused ? "read as if whole, with a bit flipped"
            : time > s_longest ? $"took {time.TotalSeconds:F1} s"
            : bytes > MostBytes ? $"took {bytes >> 20} MB"
            : null;
        if (kind is not null && _kinds.Count < MostKinds && !_kinds.ContainsKey(kind))
            _kinds.Add(kind, $"{Keep(input, number)}\n  {thrown}");
        Restore(folder, input.Name);
        return thrown is null;
    }

    private (Exception? Thrown, TimeSpan Time, long Bytes) Measure(TemporaryFolder folder, FuzzInput input, string path)
    {
        Exception? thrown = null;
        (_current, _begun) = (input, Stopwatch.GetTimestamp());
        var before = AllocatedBytes();
        try
        {
            target.Read(folder.Path, path);
        }
        catch (Exception e)
        {
            thrown = e;
        }

        var bytes = AllocatedBytes() - before;
        _current = null;
        return (thrown, Stopwatch.GetElapsedTime(_begun), bytes);
    }

    private static long AllocatedBytes() => GC.GetAllocatedBytesForCurrentThread() + NativeBytes.AllocatedByThisThread;

    /// <summary>The exception's type and where it was thrown: one fault shows in many inputs.</summary>
    private static string KindOf(Exception thrown)
    {
        var frame =
            thrown.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("SparseKernels.", StringComparison.Ordinal))?.Trim();
        return $"{thrown.GetType().Name} {frame}";
    }

    /// <summary>Writes an input down.</summary>
    /// <returns>The commands that repeat it.</returns>
    private string Keep(FuzzInput input, int number)
    {
        Directory.CreateDirectory(findings);
        var path = Path.Combine(findings, $"{target.Name}-{seed}-{number}-{input.Name}");
        File.WriteAllBytes(path, input.Content);
        return $"repeat: SparseKernels.Fuzz --target {target.Name} --seed {seed} --first {number} --inputs 1\n  or: SparseKernels.Fuzz --target {target.Name} --file {path}";
    }

    private void ExitIfHanging()
    {
        if (_current is not { } input || Stopwatch.GetElapsedTime(_begun) < s_hangs) return;
        Console.WriteLine($"FINDING in {target.Name}: takes over {s_hangs.TotalSeconds} s\n  {Keep(input, -1)}");
        Environment.Exit(1);
    }

    private static string Put(TemporaryFolder folder, string name, byte[] content)
    {
        // Beside x.gz, x would be read instead.
        if (name.EndsWith(".gz", StringComparison.Ordinal)) File.Delete(folder.File(name[..^".gz".Length]));
        return folder.Write(name, content);
    }

    private void Restore(TemporaryFolder folder, string name)
    {
        if (target.Beside.Count == 0) return;
        File.Delete(folder.File(name));
        foreach (var file in target.Beside)
        {
            if (name.StartsWith(file.Name, StringComparison.Ordinal)) folder.Write(file.Name, file.Content);
        }
    }
}
