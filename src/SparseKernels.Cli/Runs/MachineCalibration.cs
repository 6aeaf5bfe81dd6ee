namespace SparseKernels.Cli.Runs;

/// <summary>Measures this machine's kernels before the first run that chooses among them by predictions.</summary>
internal static class MachineCalibration
{
    /// <summary>Measures if that has not been done, and says so; where the schedule predicts nothing, does nothing.</summary>
    /// <param name="schedule">The run's schedule.</param>
    /// <param name="line">Told in single lines what happens.</param>
    public static void Ensure(KernelSchedule schedule, Action<string> line)
    {
        if (schedule.Mode is not (KernelScheduleMode.Automatic or KernelScheduleMode.Reproducible)) return;
        var measures = false;
        var calibration = Calibration.Ensure(message: _ =>
        {
            if (!measures) line("Measuring this machine's kernels, once, in about 13 seconds; what is chosen among them follows from it.");
            measures = true;
        });
        if (measures) line($"Calibration: {calibration.Source}");
    }
}
