using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers;

/// <summary>
/// One step of a network. It holds its parameters, and once built for a batch size the tensors that it writes. All tensors between layers
/// are of the layout that the network is built in, and every layer keeps zero what lies past the last channel or image and around images.
/// A layer of one's own derives from <see cref="CustomLayer"/>.
/// </summary>
/// <remarks>
/// Who owns what in a graph. Forward's inputs stay as they are until the layer's Backward is done: a layer that writes its input says so
/// (<see cref="WritesInput"/>), and writes a tensor of its own where another layer reads the input (<see cref="MayWriteInput"/>).
/// Backward is given dy for itself: it returns the buffer to the pool, or hands it on as the gradient of one input, overwritten or not, never of
/// two. Where several layers read a tensor the graph adds up their gradients, and the layer that wrote the tensor gets the sum, or two parts
/// of it if it adds them itself (<see cref="TakesSecondGradient"/>).
/// </remarks>
public abstract class Layer : IDisposable
{
    private protected Layer(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, Timing) = (name, new LayerTiming(name));
    }

    /// <summary>A layer whose time is another one's.</summary>
    private protected Layer(Layer other) => (Name, Timing) = (other.Name, other.Timing);

    /// <summary>Its path in the network, PyTorch style: <c>layer1.0.conv1</c>.</summary>
    public string Name { get; }

    /// <summary>What training changes.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>What inference needs beside the parameters: running statistics.</summary>
    public virtual IReadOnlyList<NamedTensor> Buffers => [];

    /// <summary>Where its time goes: one entry, or for a composite those of the layers inside it and its own.</summary>
    public virtual IReadOnlyList<LayerTiming> Timings => [Timing];

    /// <summary>
    /// Whether it does in training what it does in inference, and gives gradients all the same: a normalisation uses its running statistics and
    /// doesn't move them, a dropout drops nothing. Other layers know no difference.
    /// </summary>
    public bool InfersInTraining { get; set; }

    /// <summary>Whether it normalises by statistics of its own, so that it stands still once its parameters are frozen.</summary>
    internal virtual bool Normalises => false;

    /// <summary>The plans of its convolutions while it is built.</summary>
    internal virtual IReadOnlyList<LayerPlan> Plans => [];

    /// <summary>
    /// The zeros around images that it reads in place where tensors are batch-blocked, for any size of image: around x and around dy.
    /// </summary>
    internal virtual Padding2D Border => 0;

    /// <summary>What it does in a network that infers on planar tensors, for inputs of these sizes.</summary>
    /// <param name="inputs">The sizes of one image of each input.</param>
    /// <param name="border">That of all planar tensors.</param>
    internal virtual PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.None;

    /// <summary>The zeros around planar images that it reads in place, or the columns between their rows.</summary>
    internal virtual Padding2D PlanarBorder => 0;

    /// <summary>Whether its results beside planar images, in the border, are not zero.</summary>
    internal virtual bool SpoilsBorder => false;

    /// <summary>How many tensors it reads at least, and how many at most.</summary>
    internal virtual (int Least, int Most) InputCount => (1, 1);

    /// <summary>Whether Forward writes its input, if it may.</summary>
    internal virtual bool WritesInput => false;

    /// <summary>Whether the output may be the input's memory.</summary>
    internal virtual bool SharesInput => WritesInput && MayWriteInput;

    /// <summary>
    /// Whether Backward reads the values of the output, so that the layer behind must not overwrite them. Not needed by a layer that asks only
    /// where its output is positive: nothing that works in place makes another element positive.
    /// </summary>
    internal virtual bool KeepsOutput => false;

    /// <summary>Whether Backward adds a second gradient of its output to the first, in the sweep that reads that: <see cref="SecondGradient"/>.</summary>
    internal virtual bool TakesSecondGradient => false;

    /// <summary>
    /// What Backward adds to dy before all else, of a layer that takes it: rented from the workspace, set by a graph just before Backward, which
    /// gives it back and leaves null here.
    /// </summary>
    internal BlockedTensor? SecondGradient { get; set; }

    /// <summary>Whether it makes zero what lies between the rows of planar images that it writes.</summary>
    internal virtual bool ClearsBetweenRows => false;

    /// <summary>What it limits every element to, if that is all it does; null otherwise.</summary>
    internal virtual ValueRange? Limits => null;

    /// <summary>Whether nobody needs the input but this layer; set by a graph before <see cref="Build(FeatureShape, Workspace, ActivationZeros)"/>.</summary>
    internal bool MayWriteInput { get; set; } = true;

    /// <summary>Time spent in this layer's own passes.</summary>
    internal LayerTiming Timing { get; private set; }

    /// <summary>What it was built with; set by <see cref="Build(FeatureShape, Workspace, ActivationZeros)"/>.</summary>
    private protected Workspace Workspace { get; private set; } = null!;

    /// <summary>What is known of the zeros of the input; set by <see cref="Build(FeatureShape, Workspace, ActivationZeros)"/>.</summary>
    private protected ActivationZeros InputZeros { get; private set; } = null!;

    /// <summary>What is known of the zeros of the output; set by <see cref="Build(FeatureShape, Workspace, ActivationZeros)"/>.</summary>
    internal ActivationZeros OutputZeros { get; private set; } = null!;

    /// <summary>Frees its tensors. Calling it again does nothing.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Allocates everything for one batch size and gives back what an earlier call allocated.</summary>
    /// <param name="input">The sizes of one image of the input.</param>
    /// <param name="workspace">What all layers share.</param>
    /// <param name="zeros">
    /// The <see cref="OutputZeros"/> of the layer that writes the input; null for an input of which nothing is known.
    /// </param>
    /// <returns>The sizes of the output.</returns>
    /// <exception cref="ArgumentException">The layer does not fit the input.</exception>
    internal FeatureShape Build(FeatureShape input, Workspace workspace, ActivationZeros? zeros = null) => Build([input], workspace, [zeros]);

    /// <summary>As above, for a layer of several inputs.</summary>
    internal FeatureShape Build(ReadOnlySpan<FeatureShape> inputs, Workspace workspace, ReadOnlySpan<ActivationZeros?> zeros)
    {
        if (workspace.Layout == BlockedLayout.Planar && PlanarUse(inputs, workspace.Border) == Layers.PlanarUse.None)
            throw new InvalidOperationException($"{Name} reads no planar tensors of {inputs[0]}.");
        Release();
        Workspace = workspace;
        if (inputs.Length > 0) InputZeros = zeros[0] ?? ActivationZeros.Unknown(workspace.Batch, inputs[0]);
        var output = Allocate(inputs);
        OutputZeros = DescribeZeros(output);
        return output;
    }

    /// <summary>A layer with the same parameters and running statistics, not built: inference on batches of other sizes runs it.</summary>
    internal abstract Layer Twin();

    /// <summary>A twin that infers with copies of the parameters and running statistics; null where a layer of one's own holds them.</summary>
    internal virtual Layer? Snapshot() => Parameters.Count == 0 && Buffers.Count == 0 ? Twin() : null;

    /// <summary>Calls a buffer as the file does that it was read from. Before a network is built of the layer.</summary>
    internal virtual void RenameBuffer(int index, string name) => throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has no buffers.");

    /// <summary>Gives the buffers their first values again.</summary>
    internal virtual void ResetBuffers()
    {
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="x">The input, which stays unchanged (unless by an in-place layer) until Backward is done.</param>
    /// <param name="training">Whether Backward may follow and statistics are of the batch.</param>
    /// <returns>The output, owned by this layer or the one before it.</returns>
    internal abstract BlockedTensor Forward(BlockedTensor x, bool training);

    /// <summary>Takes the gradient back through the layer, after a training Forward.</summary>
    /// <param name="dy">The output's gradient, rented from the workspace; the layer overwrites it or gives it back.</param>
    /// <param name="wantsInputGradient">False where nothing below needs a gradient.</param>
    /// <returns>The input's gradient, rented from the workspace; null if it isn't wanted.</returns>
    internal abstract BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient);

    /// <summary>As <see cref="Forward(BlockedTensor, bool)"/>, for a layer of several inputs.</summary>
    internal virtual BlockedTensor Forward(ReadOnlySpan<BlockedTensor> inputs, bool training) => Forward(inputs[0], training);

    /// <summary>As <see cref="Backward(BlockedTensor, bool)"/>, for a layer of several inputs.</summary>
    /// <param name="dy">The output's gradient, rented from the workspace; the layer overwrites it or gives it back.</param>
    /// <param name="wanted">Of which inputs the gradient is wanted.</param>
    /// <param name="gradients">The inputs' gradients, each rented from the workspace; null for one that isn't wanted.</param>
    internal virtual void Backward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients) => gradients[0] = Backward(dy, wanted[0]);

    /// <summary>
    /// Says which of its tensors run over the input's channels and which over the output's. By default it knows nothing, and neither may
    /// change their order.
    /// </summary>
    /// <param name="links">Where new channels are made.</param>
    /// <param name="input">The input's channels.</param>
    /// <returns>The output's channels: the input's own for a layer that treats each channel alone.</returns>
    internal virtual ChannelSpace Link(ChannelLinks links, ChannelSpace input)
    {
        input.IsFixed = true;
        return links.Fixed();
    }

    /// <summary>As <see cref="Link(ChannelLinks, ChannelSpace)"/>, for a layer of several inputs.</summary>
    internal virtual ChannelSpace Link(ChannelLinks links, ReadOnlySpan<ChannelSpace> inputs) => Link(links, inputs[0]);

    private protected abstract FeatureShape Allocate(FeatureShape input);

    /// <summary>As above, for a layer of several inputs.</summary>
    private protected virtual FeatureShape Allocate(ReadOnlySpan<FeatureShape> inputs) => Allocate(inputs[0]);

    /// <summary>A copy with the same fields but a time of its own, not built: all that it allocates it allocates for itself.</summary>
    private protected Layer Clone()
    {
        var clone = (Layer)MemberwiseClone();
        clone.Timing = new LayerTiming(Name);
        clone.Workspace = null!;
        return clone;
    }

    /// <summary>What this layer can tell of its output's zeros; nothing by default.</summary>
    private protected virtual ActivationZeros DescribeZeros(FeatureShape output) => ActivationZeros.Unknown(Workspace.Batch, output);

    private protected abstract void Release();
}
