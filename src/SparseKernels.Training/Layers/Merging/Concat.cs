using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.Merging;

/// <summary>
/// The channels of several tensors one behind the other, as PyTorch's <c>torch.cat</c> over the second dimension: y has Σ C_i channels, and the
/// first C_0 of them are those of the first tensor. Any numbers of channels; heights and widths are the same.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed class Concat(string name) : MergingLayer(name)
{
    private FeatureShape[] _inputs = [];

    internal override (int Least, int Most) InputCount => (1, int.MaxValue);

    internal override Layer Twin() => new Concat(Name);

    internal override ChannelSpace Link(ChannelLinks links, ReadOnlySpan<ChannelSpace> inputs)
    {
        // Another order of one tensor's channels would be one of a part of the output's.
        foreach (var input in inputs) input.IsFixed = true;
        return links.Fixed();
    }

    private protected override LayerTraffic Run(ReadOnlySpan<BlockedTensor> inputs)
    {
        var first = 0;
        var traffic = default(LayerTraffic);
        foreach (var input in inputs)
        {
            Move(Y!, input, first, intoWhole: true);
            first += input.C;
            traffic += LayerTraffic.Reading(input) + LayerTraffic.Writing(input);
        }

        return traffic;
    }

    private protected override LayerTraffic RunBackward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients)
    {
        var first = 0;
        var traffic = default(LayerTraffic);
        for (var i = 0; i < gradients.Length; i++)
        {
            var image = _inputs[i];
            if (wanted[i])
            {
                var dx = Workspace.Gradients.Rent(dy.N, image.Channels, image.Height, image.Width);
                Move(dy, dx, first, intoWhole: false);
                gradients[i] = dx;
                traffic += LayerTraffic.Reading(dx) + LayerTraffic.Writing(dx);
            }

            first += image.Channels;
        }

        Workspace.Gradients.Return(dy);
        return traffic;
    }

    private protected override FeatureShape Merge(ReadOnlySpan<FeatureShape> inputs)
    {
        _inputs = inputs.ToArray();
        var channels = 0;
        for (var i = 0; i < inputs.Length; i++)
        {
            if ((inputs[i].Height, inputs[i].Width) != (inputs[0].Height, inputs[0].Width))
                throw new ArgumentException(
                    $"{Name} joins tensors of one height and width, but input 0 is {inputs[0]} and input {i} is {inputs[i]}.", nameof(inputs));
            channels = checked(channels + inputs[i].Channels);
        }

        return inputs[0] with { Channels = channels };
    }

    private void Move(BlockedTensor whole, BlockedTensor part, int first, bool intoWhole)
    {
        var work = new MoveWork(whole, part, first, intoWhole);
        Planes.Run(ref work, part, Workspace.Topology);
    }

    /// <summary>
    /// One plane of the part: where it begins at a block of the whole's channels, or channels are planes, pixel by pixel a copy; else its lanes
    /// lie in two blocks of the whole, turned by <c>first mod 16</c>. In the whole, only lanes of the part are written, so that a block
    /// which several parts share fills up part by part: parts are moved one behind the other, and a plane's two blocks are read and written
    /// by no other plane but its neighbour, which writes other lanes.
    /// </summary>
    private readonly unsafe struct MoveWork(BlockedTensor whole, BlockedTensor part, int first, bool intoWhole) : IPlaneWork
    {
        private readonly PlaneView _whole = new(whole);
        private readonly PlaneView _part = new(part);
        private readonly int _channels = part.C;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var (images, channel) = (plane / _part.PlanesOfImages, _part.ChannelOf(plane));
            if (_part.LanesAreImages)
            {
                Copy(plane, (images * _whole.PlanesOfImages) + first + channel);
                return;
            }

            var at = first + (channel * Lanes.Count);
            var (block, shift) = ((images * _whole.PlanesOfImages) + (at / Lanes.Count), at % Lanes.Count);
            var lanes = Math.Min(Lanes.Count, _channels - (channel * Lanes.Count));
            if (shift == 0 && lanes == Lanes.Count) Copy(plane, block);
            else if (intoWhole) Spread(plane, block, shift, lanes);
            else Gather(plane, block, shift, lanes);
        }

        private void Copy(int plane, int ofWhole)
        {
            for (var run = 0; run < _part.Runs; run++)
            {
                var part = new Span<float>(_part.Row(plane, run), (int)_part.RunLength);
                var whole = new Span<float>(_whole.Row(ofWhole, run), (int)_part.RunLength);
                if (intoWhole) part.CopyTo(whole);
                else whole.CopyTo(part);
            }
        }

        /// <summary>Into the upper lanes of one block and the lower lanes of the next: each store covers the part's lanes alone.</summary>
        private void Spread(int plane, int block, int shift, int lanes)
        {
            var (here, there) = (Math.Min(lanes, Lanes.Count - shift), Math.Max(0, shift + lanes - Lanes.Count));
            float* from = _part.Row(plane, 0), to = _whole.Row(block, 0) + shift, next = there > 0 ? _whole.Row(block + 1, 0) : to;
            for (nint i = 0; i < _part.RunLength; i += Lanes.Count)
            {
                Few(from + i, to + i, here);
                Few(from + i + here, next + i, there);
            }
        }

        /// <summary>The opposite; lanes behind the part's last channel become zero.</summary>
        private void Gather(int plane, int block, int shift, int lanes)
        {
            var (here, there) = (Math.Min(lanes, Lanes.Count - shift), Math.Max(0, shift + lanes - Lanes.Count));
            float* to = _part.Row(plane, 0), from = _whole.Row(block, 0) + shift, next = there > 0 ? _whole.Row(block + 1, 0) : from;
            for (nint i = 0; i < _part.RunLength; i += Lanes.Count)
            {
                if (lanes < Lanes.Count) Lanes.Zero.Store(to + i);
                Few(from + i, to + i, here);
                Few(next + i, to + i + here, there);
            }
        }

        /// <summary>Copies 0 to 15 floats.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Few(float* from, float* to, int count)
        {
            if ((count & 8) != 0)
            {
                Vector256.Load(from).Store(to);
                from += 8;
                to += 8;
            }

            if ((count & 4) != 0)
            {
                Vector128.Load(from).Store(to);
                from += 4;
                to += 4;
            }

            for (var i = 0; i < (count & 3); i++) to[i] = from[i];
        }
    }
}
