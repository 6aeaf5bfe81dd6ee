using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Reshaping;

/// <summary>
/// Every element a channel of its own: <c>[C, H, W]</c> becomes <c>[C·H·W, 1, 1]</c>, in the order of C, H and W, as PyTorch's
/// <c>nn.Flatten</c> has it. A <see cref="Convolutions.Linear"/> takes images as they are and needs none before it.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed class Flatten(string name) : ResizingLayer(name)
{
    internal override Layer Twin() => new Flatten(Name);

    // All pixels of a channel stay side by side: what runs over the output's channels runs over the input's in longer steps.
    private protected override FeatureShape Resize(FeatureShape input) => new(input.Length, 1, 1);

    private protected override void Write(BlockedTensor x, BlockedTensor y)
    {
        var work = new MoveWork<On>(x, y);
        Planes.Run(ref work, x, Workspace.Topology);
    }

    private protected override void WriteGradient(BlockedTensor dy, BlockedTensor dx)
    {
        var work = new MoveWork<Off>(dx, dy);
        Planes.Run(ref work, dx, Workspace.Topology);
    }

    /// <summary>Between images and features, one plane of the images at a time; to the features where on.</summary>
    private readonly unsafe struct MoveWork<TToFeatures>(BlockedTensor images, BlockedTensor features) : IPlaneWork
        where TToFeatures : struct, ISwitch
    {
        private readonly PlaneView _images = new(images);
        private readonly PlaneView _features = new(features);
        private readonly int _channels = images.C;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            if (_images.LanesAreImages) MoveLanes(plane);
            else MoveChannels(plane);
        }

        /// <summary>One channel of 16 images: a pixel becomes a channel as it is.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MoveLanes(int plane)
        {
            var feature = plane * _images.Height * _images.Width;
            for (var h = 0; h < _images.Height; h++)
            {
                var pixel = _images.Row(plane, h);
                for (var w = 0; w < _images.Width; w++, pixel += Lanes.Count, feature++)
                {
                    var at = _features.Row(feature, 0);
                    if (TToFeatures.IsOn) Lanes.Load(pixel).Store(at);
                    else Lanes.Load(at).Store(pixel);
                }
            }
        }

        /// <summary>16 channels of one image: a lane's pixels become consecutive lanes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MoveChannels(int plane)
        {
            var (image, first) = (plane / _images.PlanesOfImages, _images.ChannelOf(plane) * Lanes.Count);
            var pixels = _images.Height * _images.Width;

            // Features of an image lie side by side, whatever their block.
            var from = _images.Row(plane, 0);
            var to = _features.Row(image * _features.PlanesOfImages, 0) + ((nint)first * pixels);
            var lanes = Math.Min(Lanes.Count, _channels - first);
            for (var lane = 0; lane < lanes; lane++, to += pixels)
            {
                for (nint i = 0; i < pixels; i++)
                {
                    if (TToFeatures.IsOn) to[i] = from[(i * Lanes.Count) + lane];
                    else from[(i * Lanes.Count) + lane] = to[i];
                }
            }
        }
    }
}
