namespace SparseKernels.Training.Parameters;

/// <summary>Gives parameters the masks that were stored under their names.</summary>
internal static class MaskMatch
{
    /// <summary>Gives parameters their masks, and none to those that had none, after checking that all of them fit.</summary>
    /// <param name="masks">What was read.</param>
    /// <param name="parameters">The network's parameters.</param>
    /// <exception cref="InvalidDataException">A mask belongs to no parameter or is of other sizes; nothing was changed.</exception>
    public static void Restore(IReadOnlyList<NamedMask> masks, IReadOnlyList<Parameter> parameters)
    {
        foreach (var mask in masks)
        {
            var parameter = parameters.FirstOrDefault(parameter => parameter.Name == mask.Name)
                ?? throw new InvalidDataException($"the checkpoint has a mask of '{mask.Name}' that the network has not.");
            if (parameter.Fits(mask.Mask)) continue;
            throw new InvalidDataException(
                $"the checkpoint's mask of '{mask.Name}' is of {mask.Mask.Shape}, expected [{string.Join(", ", parameter.Shape)}].");
        }

        foreach (var parameter in parameters)
        {
            var mask = masks.FirstOrDefault(mask => mask.Name == parameter.Name)?.Mask;
            if (mask is not null && parameter.Mask is { } present && present.Group == mask.Group)
            {
                // Whoever prunes the parameter holds this object.
                mask.Words.CopyTo(present.Words);
                present.Touch();
                mask = present;
            }

            parameter.Mask = mask;
        }
    }
}
