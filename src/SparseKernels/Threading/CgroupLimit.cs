using System.Globalization;

namespace SparseKernels.Threading;

/// <summary>
/// The processor time that Linux control groups leave this process. The runtime rounds its own group's limit up to whole processors and
/// looks at no group above; here the limit keeps its fraction, and the tightest of all groups counts.
/// </summary>
internal static class CgroupLimit
{
    /// <summary>Processors' worth of time, such as 1.5; null where nothing limits it or the system doesn't tell.</summary>
    /// <param name="memberships">The file that names the groups of the process, a line for each hierarchy.</param>
    /// <param name="mounts">The folder that hierarchies are mounted in.</param>
    public static double? Read(string memberships = "/proc/self/cgroup", string mounts = "/sys/fs/cgroup")
    {
        double? tightest = null;
        foreach (var line in SystemFile.ReadText(memberships)?.Split('\n') ?? [])
        {
            if (line.Split(':', 3) is not [_, var controllers, var group]) continue;
            if (controllers.Length > 0 && !controllers.Split(',').Contains("cpu")) continue;
            string[] roots = controllers.Length == 0 ? [mounts, Path.Combine(mounts, "unified")]
                : [Path.Combine(mounts, controllers), Path.Combine(mounts, "cpu")];
            foreach (var root in roots)
            {
                foreach (var folder in UpToRoot(root, group))
                {
                    var limit = controllers.Length == 0 ? Version2(folder) : Version1(folder);
                    if (limit is not null && !(tightest <= limit)) tightest = limit;
                }
            }
        }

        return tightest;
    }

    /// <summary>The folders of a group and of all above it. A container may see only the upper ones, its own group mounted as the root.</summary>
    private static IEnumerable<string> UpToRoot(string root, string group)
    {
        var parts = group.Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Contains("..")) parts = [];
        for (var length = parts.Length; length >= 0; length--) yield return Path.Combine([root, .. parts[..length]]);
    }

    private static double? Version2(string folder) =>
        SystemFile.ReadText(Path.Combine(folder, "cpu.max"))?.Split(' ') is [var quota, var period] ? Ratio(quota, period) : null;

    private static double? Version1(string folder) =>
        Ratio(SystemFile.ReadText(Path.Combine(folder, "cpu.cfs_quota_us")), SystemFile.ReadText(Path.Combine(folder, "cpu.cfs_period_us")));

    /// <summary>Quota over period; null for "max" and −1, which mean no limit.</summary>
    private static double? Ratio(string? quota, string? period) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out var time) && long.TryParse(period, CultureInfo.InvariantCulture, out var of)
            && time > 0 && of > 0 ? (double)time / of : null;
}
