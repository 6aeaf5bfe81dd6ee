using System.Runtime.CompilerServices;
using SparseKernels.Training.Parameters;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>One of torch's parameters and the one of ours that reads its memory and writes its gradient.</summary>
internal sealed class ParameterBinding
{
    private readonly Func<TorchParameter?> _get;
    private readonly TorchMemory _values;
    private readonly TorchMemory _gradient;
    private readonly bool _mayFreeze;
    private float[]? _unwanted;
    private ulong _fingerprint;
    private bool _isKnown;
    private nint _place;

    /// <summary>Asking torch costs more than what is done with them.</summary>
    private long[] _sizes = [];

    /// <summary>Binds two parameters; nothing is read yet.</summary>
    /// <param name="get">Torch's parameter as the module has it now.</param>
    /// <param name="ours">The layer's.</param>
    /// <param name="mayFreeze">
    /// Whether the layer does nothing else where it is frozen; a batch normalisation would go over to its running statistics.
    /// </param>
    public ParameterBinding(Func<TorchParameter?> get, Parameter ours, bool mayFreeze)
    {
        (_get, Ours, _mayFreeze) = (get, ours, mayFreeze);
        (_values, _gradient) = (new TorchMemory(ours.Length), new TorchMemory(ours.Length));
    }

    /// <summary>The layer's.</summary>
    public Parameter Ours { get; }

    /// <summary>Torch's, as of the last <see cref="TryRead"/>.</summary>
    public TorchParameter? Theirs { get; private set; }

    /// <summary>Looks where torch's parameter lies and whether it changed.</summary>
    /// <returns>False where it can't be read in place.</returns>
    public unsafe bool TryRead()
    {
        var theirs = _get();
        if (theirs is null || theirs.IsInvalid || theirs.NumberOfElements != Ours.Length || !TensorMemory.IsPlain(theirs)) return false;
        var elements = TensorMemory.Floats(theirs);
        var (fingerprint, place) = (Fingerprint.Of(elements), (nint)Unsafe.AsPointer(ref elements[0]));
        var attached = AttachedMask.Of(theirs);
        var isSame = _isKnown && ReferenceEquals(theirs, Theirs) && fingerprint == _fingerprint && place == _place && theirs.dim() == _sizes.Length;
        if (isSame && ReferenceEquals(attached?.Mask, Ours.Mask)) return true;
        lock (_values)
        {
            (Theirs, _place, _sizes) = (theirs, place, theirs.shape);
            _values.PointTo(elements);
            if (!_isKnown) Ours.MoveTo(_values.Memory, default);
            else if (fingerprint != _fingerprint) Ours.Touch();
            if (!ReferenceEquals(attached?.Mask, Ours.Mask)) Ours.Mask = attached?.Mask;

            // A mask may have made some of them zero.
            _fingerprint = Ours.Mask is null ? fingerprint : Fingerprint.Of(elements);
            _isKnown = true;
        }

        return true;
    }

    /// <summary>Forgets where the last Backward's gradient lies, whose memory is torch's again.</summary>
    public void ForgetGradient() => Ours.MoveTo(_values.Memory, default);

    /// <summary>Copies torch's values, of any floating type, into the parameter's own memory.</summary>
    public void CopyValues() => TensorMemory.CopyTo(_get()!, Ours.Values);

    /// <summary>Makes room for the gradient of the next Backward.</summary>
    /// <param name="wanted">Whether torch wants it.</param>
    /// <param name="isWritten">Whether the layer writes it in any case.</param>
    /// <returns>The gradient's tensor; null where it isn't wanted.</returns>
    public Tensor? Prepare(bool wanted, bool isWritten)
    {
        Ours.WantsWholeGradient = AttachedMask.Of(Theirs!) is { WantsWholeGradient: true };
        if (wanted)
        {
            var gradient = TensorMemory.Empty(_sizes);
            gradient.DetachFromDisposeScope();
            _gradient.PointTo(TensorMemory.Floats(gradient));
            Ours.MoveTo(_values.Memory, _gradient.Memory);
            Ours.IsFrozen = false;
            return gradient;
        }

        Ours.MoveTo(_values.Memory, isWritten || !_mayFreeze ? _unwanted ??= new float[Ours.Length] : default(Memory<float>));
        Ours.IsFrozen = _mayFreeze;
        return null;
    }
}
