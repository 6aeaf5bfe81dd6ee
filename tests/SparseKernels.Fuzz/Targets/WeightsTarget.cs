using System.Text;
using SparseKernels.Fuzz.Mutations;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Tests.Support;

namespace SparseKernels.Fuzz.Targets;

/// <summary>Files of weights: plain, sparse, and another tool's without a checksum.</summary>
internal sealed class WeightsTarget : SafetensorsTarget
{
    private const string File = "run.safetensors";

    private const string Foreign =
        """{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"c":{"dtype":"BF16","shape":[0],"data_offsets":[16,16]}}""";

    public override string Name => "weights";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
    [
        new(File, Written(File, folder => SmallCheckpoint.Make().Save(Path.Combine(folder, File)))),
        new(File, Written(File, folder => SmallCheckpoint.Make().Save(Path.Combine(folder, File), dense: true))),
        new(File, SafetensorsFrame.Join(Encoding.ASCII.GetBytes(Foreign), new byte[16])),
    ];

    public override void Read(string folder, string file)
    {
        var weights = WeightsFile.Read(file);
        GoingOn.Restore(weights.Tensors, weights.Masks);
    }

    public override FuzzInput Change(Random random)
    {
        var input = base.Change(random);

        // What has no checksum can't tell.
        return input with { MustBeRefused = input.MustBeRefused && input.Content.AsSpan().IndexOf("F16"u8) < 0 };
    }
}
