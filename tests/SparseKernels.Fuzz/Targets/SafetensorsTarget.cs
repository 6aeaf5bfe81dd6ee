using SparseKernels.Fuzz.Mutations;
using SparseKernels.TestSupport;

namespace SparseKernels.Fuzz.Targets;

/// <summary>
/// Readers of the library's safetensors files. Most inputs have length and checksum put right after the change; one in eight is a file with
/// one flipped bit and nothing put right, which must not pass.
/// </summary>
internal abstract class SafetensorsTarget : FuzzTarget
{
    public override FuzzInput Change(Random random)
    {
        var file = Pick(random);
        var mutator = new Mutator(random);
        switch (random.Next(8))
        {
            case 0: return new FuzzInput(file.Name, mutator.FlipBit(file.Content), MustBeRefused: true);
            case 1: return new FuzzInput(file.Name, mutator.Change(file.Content, Contents));
            case 2: return new FuzzInput(file.Name, SafetensorsFrame.Seal(mutator.Change(file.Content, Contents)));
            default:
                var (header, data) = SafetensorsFrame.Split(file.Content);
                if (random.Next(4) == 0) data = mutator.Change(data, [.. Contents.Select(content => SafetensorsFrame.Split(content).Data)]);
                else header = mutator.Change(header, [.. Contents.Select(content => SafetensorsFrame.Split(content).Header)]);
                return new FuzzInput(file.Name, SafetensorsFrame.Seal(SafetensorsFrame.Join(header, data)));
        }
    }

    /// <summary>What a writer leaves in a file.</summary>
    protected static byte[] Written(string name, Action<string> write)
    {
        using var folder = new TemporaryFolder();
        write(folder.Path);
        return File.ReadAllBytes(folder.File(name));
    }
}
