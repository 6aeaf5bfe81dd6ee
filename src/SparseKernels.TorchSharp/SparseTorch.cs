global using AnyModule = TorchSharp.torch.nn.Module;
global using TensorModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;
global using TorchModules = TorchSharp.Modules;
using SparseKernels.TorchSharp.Converting;
using SparseKernels.TorchSharp.Sketching;
using SparseKernels.TorchSharp.StateDicts;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.TorchSharp;

/// <summary>Makes TorchSharp models run on this library's kernels.</summary>
public static class SparseTorch
{
    /// <summary>
    /// Finds the longest stretches of convolutions, normalisations, activations, pooling, Dropout, Flatten, Linear and sums that can be followed, in
    /// <c>Sequential</c>s, in TorchVision's ResNet and MobileNetV2 and in what <see cref="SparseTorchOptions.Blocks"/> describes, and makes each one
    /// node of torch's graph; a convolution or Linear in a field of its own becomes a node by itself. Parameters, buffers, their names and modes
    /// stay the very same, and so does the optimiser.
    /// </summary>
    /// <param name="model">The model, changed in place. Its fields must be declared as <c>Module&lt;Tensor, Tensor&gt;</c> or <c>Sequential</c>.</param>
    /// <param name="options">Threads, schedule, memory and blocks of one's own.</param>
    /// <returns>What became of what, the model to call, and the way back.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="NotSupportedException">A description names a field that its module has not.</exception>
    public static ConversionReport Convert(TensorModule model, SparseTorchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var converter = new ModelConverter(options ?? new SparseTorchOptions());
        var converted = converter.Convert(model);
        return new ConversionReport(model, converted, converter.Parts, converter.Changes);
    }

    /// <summary>
    /// Makes a network of this library's of a whole model, with copies of its weights and running statistics: it infers and trains without libtorch, and is
    /// what <see cref="Training.Predictor"/>, checkpoints and the export to ONNX take. Layers are called as the model's modules, tensors as in its state
    /// dictionary.
    /// </summary>
    /// <param name="model">
    /// A <c>Sequential</c>, TorchVision's ResNet or MobileNetV2, or a module that <see cref="SparseTorchOptions.Blocks"/> describes, of which every module
    /// can be followed; 32-bit floats. It stays as it is.
    /// </param>
    /// <param name="image">The sizes of one image, or <c>[C, 1, 1]</c> for a model that reads rows.</param>
    /// <param name="batch">Images in a training batch; 1 or more.</param>
    /// <param name="options">Threads, schedule and blocks of one's own.</param>
    /// <returns>The network, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="image"/> doesn't fit the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batch"/> or a size of <paramref name="image"/> is under 1.</exception>
    /// <exception cref="NotSupportedException">A module can't be followed; the message says why.</exception>
    public static Network ToNetwork(TensorModule model, FeatureShape image, int batch = 1, SparseTorchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new SparseTorchOptions();
        var graph = StretchSketch.Draw(model, new KnownBlocks(options.Blocks), image, out var layers);
        var network = Network.FromGraph(model.GetName(), graph, batch, topology: options.Topology, schedule: options.Schedule);
        try
        {
            foreach (var layer in layers) layer.CopyValues();
            network.Touch();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes a model's state dictionary as a safetensors file: parameters and buffers under their names, with torch's types and sizes, as PyTorch's own
    /// loaders read them. What shares memory is written under each name. The file is replaced whole or not at all, and carries a checksum.
    /// </summary>
    /// <param name="model">The model, before or after <see cref="Convert"/>, on any device.</param>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="NotSupportedException">A tensor is sparse, of complex numbers, quantised, or 2 GiB large; nothing was written then.</exception>
    /// <exception cref="IOException">The file system refuses; a file that was there is still whole.</exception>
    public static void SaveStateDict(AnyModule model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        StateDictWriter.Write(model, path);
    }

    /// <summary>
    /// Reads a model's state dictionary from a safetensors file: one of <see cref="SaveStateDict"/>, of PyTorch's or TorchSharp.PyBridge's, or the
    /// weights that a <see cref="Network"/> saved, in their sparse form too. Parameters keep their memory, types, devices and whether they are
    /// frozen: floats of other sizes are rounded to the model's, integers must fit. Counters of a normalisation's batches may be missing. Of names that
    /// share memory in the model one is enough; where there are several their values must agree.
    /// </summary>
    /// <param name="model">The model, before or after <see cref="Convert"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether every tensor must be there, fit and be wanted; else what fits is taken and the rest stays as it is.</param>
    /// <returns>What fitted and what did not.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is damaged, not as <paramref name="strict"/> demands, nothing in it fits, or its values are none that the model's types can hold. Nothing was
    /// written then.
    /// </exception>
    /// <exception cref="NotSupportedException">Tensors of the model share a part of their memory; nothing was written then.</exception>
    public static WeightsReport LoadStateDict(AnyModule model, string path, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return StateDictReader.Read(model, path, strict);
    }
}
