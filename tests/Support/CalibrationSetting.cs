using System.Runtime.CompilerServices;

namespace SparseKernels.TestSupport;

/// <summary>
/// Has tests predict times from the built-in figures, not from those that a user's <c>calibrate</c> or <c>train</c> left on the machine:
/// kernels round, and pass a NaN on, each in its way, so that what is chosen must be the same everywhere. A setting from outside stands.
/// </summary>
internal static class CalibrationSetting
{
    [ModuleInitializer]
    internal static void Use()
    {
        if (Environment.GetEnvironmentVariable(Calibration.OverrideVariable) is null)
            Environment.SetEnvironmentVariable(Calibration.OverrideVariable, "off");
    }
}
