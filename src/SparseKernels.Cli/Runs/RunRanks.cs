using SparseKernels.Cli.Terminal;
using SparseKernels.Distributed;
using SparseKernels.Threading;
using SparseKernels.Training.Communication;

namespace SparseKernels.Cli.Runs;

/// <summary>The processes that run one command together.</summary>
internal sealed class RunRanks : IDisposable
{
    /// <summary>What <c>--distributed</c> takes: MPI if a launcher started the process, never, always.</summary>
    public const string Auto = "auto", Off = "off", Mpi = "mpi";

    private readonly MpiCommunicator? _mpi;
    private readonly RankPlacement? _placement;

    private RunRanks(MpiCommunicator? mpi, RankPlacement? placement) => (_mpi, _placement) = (mpi, placement);

    public static string[] Choices => [Auto, Off, Mpi];

    public ICommunicator Communicator => _mpi is { Size: > 1 } ? _mpi : SingleProcess.Instance;

    public bool AreMany => Communicator.Size > 1;

    /// <summary>Whether this process prints and writes files.</summary>
    public bool IsFirst => Communicator.Rank == 0;

    /// <summary>Who there is, in lines for people; none for a process alone.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            if (!AreMany) yield break;
            var processors = _placement!.Processors;
            var bound = processors.Count > 0 ? $", this one on {(processors.Count == 1 ? "processor" : "processors")} {string.Join(' ', processors)}" : "";
            yield return $"{Communicator.Size} ranks over {_mpi!.Library}{bound}";
            if (_placement.Advice is { } advice) yield return advice;
        }
    }

    /// <summary>Joins the others, if there are any; MPI is loaded only then.</summary>
    /// <param name="choice">One of <see cref="Choices"/>.</param>
    /// <param name="binds">Whether to keep ranks of one machine to processors of their own.</param>
    /// <exception cref="PlatformNotSupportedException">There is no MPI.</exception>
    public static RunRanks Join(string choice, bool binds)
    {
        if (choice == Off || (choice == Auto && !MpiCommunicator.IsLaunched)) return new(null, null);

        Screen.IsHandedOn = MpiCommunicator.IsLaunched;

        // Before MPI starts threads of its own.
        var placement = RankPlacement.Apply(binds);
        var mpi = MpiCommunicator.Join();
        mpi.OnAbort = reason => Failure.Report(reason, Failure.BadInput);
        return new(mpi, placement);
    }

    /// <summary>Says that this process was started wrongly, to the others too, who wait for it.</summary>
    /// <param name="message">How.</param>
    /// <returns>The exit code.</returns>
    public static int Refuse(string message)
    {
        if (!MpiCommunicator.IsLaunched) return Failure.Report(message, Failure.BadUsage);
        try
        {
            using var ranks = Join(Auto, binds: false);
            try
            {
                if (ranks.AreMany) ranks.Communicator.Agree(new ArgumentException(message));
            }
            catch (RankFailedException e) when (e.Rank > 0)
            {
                message = e.Message;
            }
            catch (RankFailedException)
            {
                // All were started alike, as far as this one knows.
            }

            return ranks.Report(message, Failure.BadUsage);
        }
        catch (PlatformNotSupportedException)
        {
            return Failure.Report(message, Failure.BadUsage);
        }
    }

    /// <summary>
    /// Has the first rank say why all end. It does before the ranks leave each other: a launcher ends all of them behind the first that ends.
    /// </summary>
    /// <returns>The exit code.</returns>
    public int Report(string message, int code) => IsFirst ? Failure.Report(message, code) : code;

    /// <summary>The threads of each process: those asked for, else its share of the machine.</summary>
    public ComputeTopology TopologyOf(int? threads) => (threads ?? (AreMany ? _placement!.Threads : null)) is { } given
        ? ComputeTopology.FromThreads(given)
        : ComputeTopology.Default;

    /// <summary>Something that every rank does alone; if it fails on one, all fail with its message.</summary>
    /// <exception cref="RankFailedException">It failed on a rank.</exception>
    public T Together<T>(Func<T> work)
    {
        if (!AreMany) return work();
        var (result, failure) = (default(T), default(Exception));
        try
        {
            result = work();
        }
        catch (Exception e)
        {
            failure = e;
        }

        Communicator.Agree(failure);
        return result!;
    }

    /// <summary>A text that the first rank makes for all.</summary>
    /// <exception cref="RankFailedException">It failed.</exception>
    public string OfFirst(Func<string> make) => Communicator.Share(Together(() => IsFirst ? make() : ""));

    public void Dispose() => _mpi?.Dispose();
}
