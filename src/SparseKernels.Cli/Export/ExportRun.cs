using System.Globalization;
using SparseKernels.Cli.Runs;
using SparseKernels.Onnx;
using SparseKernels.Threading;
using SparseKernels.Training;

namespace SparseKernels.Cli.Export;

/// <summary>One run of <c>sparsekernels export</c>. The file is whole or isn't there.</summary>
internal static class ExportRun
{
    private const double BytesPerMegabyte = 1e6;

    /// <summary>Exports.</summary>
    /// <param name="request">The options.</param>
    /// <returns>The exit code, 0.</returns>
    /// <exception cref="ArgumentException">The file isn't called as ONNX files are, there are weights alone, or a layer has no operator.</exception>
    /// <exception cref="IOException">There is no checkpoint or folder, or the file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged, or of an unknown model.</exception>
    public static int Run(ExportRequest request)
    {
        var path = request.Model;
        if (!GivenNetwork.IsOnnx(path)) throw new ArgumentException($"the file to write must end in .onnx, got '{path}'.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"there is no folder '{folder}' for '{path}'.");

        // Nothing is computed, so that one thread and no predictions do.
        using var given = GivenNetwork.OfCheckpoint(
            request.Checkpoint, new PredictorOptions { Topology = ComputeTopology.FromThreads(1), Schedule = KernelSchedule.Dense });
        OnnxExport.Save(given.Network, path, new OnnxExportOptions
        {
            FoldNormalisation = request.Fold,
            SparseInitialisers = request.SparseInitialisers,
            Batch = request.Batch,
            Metadata = OnnxNotes.Of(given.Checkpoint!),
        });
        var written = OnnxModel.Load(path);
        var weights = WeightZeros.Of(given.Network);
        Line($"{given.Title}, {weights}");
        Line($"'{path}': opset {written.Opset}, {written.Inputs[0]} to {written.Outputs[0]}, {new FileInfo(path).Length / BytesPerMegabyte:F2} MB");
        return 0;
    }

    private static void Line(FormattableString text) => Console.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
