using System.Text;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Fuzz.Targets;

/// <summary>Pruning settings in JSON, as <c>--prune-settings</c> reads them. Their text has no name, so messages have none.</summary>
internal sealed class PruningSettingsTarget : FuzzTarget
{
    private const string FileName = "settings.json";

    public override string Name => "pruning-settings";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
    [
        new(FileName, Encoding.UTF8.GetBytes(PruningSettingsJson.Write(new PruningSettings { DenseLayers = ["conv1", "fc"], FineStep = 0.5 }, indented: true))),
        new(FileName, Encoding.UTF8.GetBytes(PruningSettingsJson.Write(new PruningSettings { Strategy = PruningStrategyKind.RigL, Interval = 7 }, indented: false))),
        new(FileName, """{ "strategy": "one-shot", /* why */ "sparsity": 0.5, }"""u8.ToArray()),
    ];

    public override void Read(string folder, string file)
    {
        var settings = PruningSettingsJson.Read(File.ReadAllText(file));
        try
        {
            _ = settings.ToOptions();
        }
        catch (ArgumentException)
        {
            // Settings that are right one by one and contradict each other.
        }
    }

    public override bool IsDocumented(Exception e, string folder) => e is InvalidDataException;
}
