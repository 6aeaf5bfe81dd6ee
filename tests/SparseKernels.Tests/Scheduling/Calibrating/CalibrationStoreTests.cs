using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Scheduling.Calibrating;
using SparseKernels.Scheduling.Cost;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Calibrating;

[Collection(SoloCollection.Name)]
public sealed class CalibrationStoreTests
{
    private const string Here = "a processor";

    private static readonly InstructionSetKind s_isa = InstructionSet.Available[0];

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Ensure_NoFile_MeasuresSavesAndIsFoundAgain()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "not", "there", "yet.json");
        var store = new CalibrationStore(path, ProcessorName.Identity());
        var told = new List<string>();
        var measured = store.Ensure(s_isa, force: false, s_short, told.Add);
        Assert.Equal($"measuring, since there is no file {path}", told[0]);
        Assert.StartsWith(path, measured.Source);
        told.Clear();
        var found = store.Ensure(s_isa, force: false, s_short, told.Add);
        Assert.Empty(told);
        Assert.Equal(CalibrationJson.Write(measured), CalibrationJson.Write(found));
        Assert.Equal(CalibrationJson.Write(found), CalibrationJson.Write(store.LoadOrDefault(s_isa)));
        Assert.Equal(["yet.json"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Ensure_Forced_MeasuresThoughAFileIsThere()
    {
        using var folder = new TemporaryFolder();
        var store = new CalibrationStore(folder.File("c.json"), ProcessorName.Identity());
        Assert.Null(CalibrationStore.Save(folder.File("c.json"), Made(ProcessorName.Identity(), 0.25)));
        Assert.Equal(0.25, store.Ensure(s_isa, force: false, s_short, null).Error);
        Assert.NotEqual(0.25, store.Ensure(s_isa, force: true, s_short, null).Error);
        Assert.NotEqual(0.25, store.LoadOrDefault(s_isa).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"format\": 1}")]
    [InlineData("\0\0\0\0")]
    public void TryLoad_DamagedFile_SaysWhy(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("c.json"), content);
        Assert.Null(new CalibrationStore(folder.File("c.json"), Here).TryLoad(s_isa, out var why));
        Assert.StartsWith($"{folder.File("c.json")} can't be used: ", why);
    }

    [Fact]
    public void TryLoad_AnyTruncatedFile_IsNotUsed()
    {
        using var folder = new TemporaryFolder();
        var json = CalibrationJson.Write(Made(Here, 0));
        var store = new CalibrationStore(folder.File("c.json"), Here);
        for (var length = 0; length < json.TrimEnd().Length; length += 97)
        {
            File.WriteAllText(folder.File("c.json"), json[..length]);
            Assert.True(store.TryLoad(s_isa, out var why) is null, $"the first {length} characters were taken for a calibration");
            Assert.NotNull(why);
        }
    }

    [Fact]
    public void TryLoad_OfAnotherProcessorInstructionSetOrVersion_IsNotUsed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("c.json");
        Assert.Null(CalibrationStore.Save(path, Made("another", 0)));
        Refuses(s_isa, $"{path} is of another processor, another");
        Assert.Null(CalibrationStore.Save(path, Made(Here, 0)));
        Assert.NotNull(new CalibrationStore(path, Here).TryLoad(s_isa, out _));
        Refuses(
            s_isa == InstructionSetKind.Neon ? InstructionSetKind.Avx2 : InstructionSetKind.Neon,
            $"{path} is for {InstructionSet.NameOf(s_isa)} instead of");
        File.WriteAllText(path, CalibrationJson.Write(Made(Here, 0)).Replace($"\"{Calibrator.LibraryVersion}\"", "\"0.0.1.0\"", StringComparison.Ordinal));
        Refuses(s_isa, $"{path} is of version 0.0.1.0, this is {Calibrator.LibraryVersion}");

        void Refuses(InstructionSetKind isa, string reason)
        {
            var store = new CalibrationStore(path, Here);
            Assert.Null(store.TryLoad(isa, out var why));
            Assert.StartsWith(reason, why);
            Assert.Contains(reason, store.LoadOrDefault(isa).Source);
        }
    }

    [Fact]
    public void TryLoad_LockedFile_IsNotUsedUntilItIsFree()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("c.json");
        Assert.Null(CalibrationStore.Save(path, Made(Here, 0)));
        var store = new CalibrationStore(path, Here);
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Null(store.TryLoad(s_isa, out var why));
            Assert.StartsWith($"{path} can't be used: ", why);
        }

        Assert.NotNull(store.TryLoad(s_isa, out _));
    }

    [Fact]
    public void Ensure_FileThatCanNotBeWritten_ServesThisProcessAndSaysSoOnce()
    {
        using var folder = new TemporaryFolder();

        // A file where the folder should be refuses even a superuser, whom read-only folders don't stop.
        File.WriteAllText(folder.File("blocked"), "");
        var store = new CalibrationStore(Path.Combine(folder.File("blocked"), "c.json"), Here);
        var told = new List<string>();
        var measured = store.Ensure(s_isa, force: false, s_short, told.Add);
        Assert.Single(told, line => line.StartsWith("the calibration serves this process alone: ", StringComparison.Ordinal));
        Assert.Contains("not saved: ", measured.Source);
        Assert.Equal(["blocked"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Save_FolderThatIsReadOnly_SaysWhyAndLeavesNothing()
    {
        Assert.SkipWhen(Environment.UserName == "root", "read-only folders stop no superuser");
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.NotNull(CalibrationStore.Save(folder.File("c.json"), Made(Here, 0)));
            Assert.Empty(Directory.GetFiles(folder.Path));
        }
        finally
        {
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void Off_UsesTheBuiltInFiguresAndTouchesNoFile()
    {
        foreach (var off in (string[])["off", "OFF"])
        {
            var store = new CalibrationStore(off, Here);
            Assert.Null(store.PathOf(s_isa));
            Assert.EndsWith("(SPARSEKERNELS_CALIBRATION=off)", store.LoadOrDefault(s_isa).Source);
            Assert.Equal(CalibrationJson.Write(BuiltInCalibration.Of(s_isa)), CalibrationJson.Write(store.Ensure(s_isa, force: true, s_short, null)));
        }
    }

    [Fact]
    public void PathOf_NoSetting_HasProcessorInstructionSetAndFormat()
    {
        var path = new CalibrationStore(null, "Some CPU (R) @ 3/7").PathOf(InstructionSetKind.Neon);
        Assert.NotNull(path);
        Assert.Equal("calibration-some-cpu--r----3-7-neon-7.json", Path.GetFileName(path));
        Assert.Equal("sparsekernels", Path.GetFileName(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void Save_ManyWritersAndReaders_NeverShowAPart()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("c.json");
        Assert.Null(CalibrationStore.Save(path, Made(Here, 0)));
        var store = new CalibrationStore(path, Here);
        var seen = 0;
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 60; i++)
            {
                if (worker % 2 == 0) Assert.Null(CalibrationStore.Save(path, Made(Here, worker + i)));
                else
                {
                    Assert.True(store.TryLoad(s_isa, out var why) is not null, why);
                    Interlocked.Increment(ref seen);
                }
            }
        });
        Assert.Equal(240, seen);
        Assert.Equal(["c.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Ensure_SeveralProcessesAtOnce_LeaveOneValidFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("c.json");
        var children = new ChildProcess.Result[3];
        Parallel.For(0, children.Length, i => children[i] = ChildProcess.RunExplicitTest(typeof(CalibrationStoreTests), nameof(EnsureInAChild), (Calibration.OverrideVariable, path)));
        Assert.All(children, child => Assert.True(child.ExitCode == 0, child.Output));
        Assert.NotNull(new CalibrationStore(path, ProcessorName.Identity()).TryLoad(InstructionSet.Current, out var why));
        Assert.Null(why);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact(Explicit = true)]
    public void EnsureInAChild()
    {
        var before = Calibration.Current;
        Calibration? seen = null;
        var told = 0;
        var measured = Calibration.Ensure(force: true, s_short, _ =>
        {
            // Nobody waits for what is being measured.
            told++;
            var reader = Task.Run(() => Calibration.Current);
            seen = reader.Wait(TimeSpan.FromSeconds(20)) ? reader.Result : null;
        });
        Assert.True(told > 0);
        Assert.Same(before, seen);
        Assert.Same(measured, Calibration.Current);
        Assert.NotSame(before, measured);
        Assert.StartsWith(Environment.GetEnvironmentVariable(Calibration.OverrideVariable)!, measured.Source);
    }

    private static CalibrationData Made(string processor, double error) => new(
        [.. PassCatalogue.Rows.Select(row => BuiltInCalibration.Of(s_isa).CoefficientsOf(row).ToArray())], s_isa, processor, Calibrator.LibraryVersion, error, "");
}
