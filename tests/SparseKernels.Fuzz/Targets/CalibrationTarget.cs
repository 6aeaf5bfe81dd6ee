using System.Text;
using SparseKernels.Isa;
using SparseKernels.Scheduling.Calibrating;

namespace SparseKernels.Fuzz.Targets;

/// <summary>Calibrations in JSON: what <see cref="Calibration.Parse"/> refuses, and the file that plans read and never fail on.</summary>
internal sealed class CalibrationTarget : FuzzTarget
{
    private const string File = "calibration.json";

    public override string Name => "calibration";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
        [.. Enum.GetValues<InstructionSetKind>().Select(isa => new CorpusFile(File, Encoding.UTF8.GetBytes(Calibration.Default(isa).ToJson())))];

    public override void Read(string folder, string file)
    {
        if (new CalibrationStore(file, "a processor").LoadOrDefault(InstructionSetKind.Avx2).Source.Length == 0)
            throw new InvalidOperationException("a calibration says where it comes from.");
        Calibration.Parse(System.IO.File.ReadAllText(file));
    }

    public override bool IsDocumented(Exception e, string folder) =>
        e is ArgumentException { ParamName: "json", InnerException: InvalidDataException };
}
