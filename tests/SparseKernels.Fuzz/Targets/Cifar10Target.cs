using SparseKernels.Training.Data;

namespace SparseKernels.Fuzz.Targets;

/// <summary>CIFAR-10's binary files.</summary>
internal sealed class Cifar10Target : FuzzTarget
{
    private const string File = "test_batch.bin";
    private const int RecordLength = 3073;

    public override string Name => "cifar10";

    public override IReadOnlyList<CorpusFile> Corpus { get; } = [new(File, Records(2)), new(File, Records(1))];

    public override void Read(string folder, string file) => Cifar10DataSet.Load(folder, DataSplit.Test);

    private static byte[] Records(int count) =>
        [.. Enumerable.Range(0, count * RecordLength).Select(i => (byte)(i % RecordLength == 0 ? i / RecordLength : i))];
}
