using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Cost;

/// <summary>Predicts how long a call takes.</summary>
internal interface ICostModel
{
    /// <summary>The seconds of a call. Fewer non-zeros never give more for the same candidate. Allocates nothing.</summary>
    double Seconds(Candidate candidate, in PassWork work);
}
