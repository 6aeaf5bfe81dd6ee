namespace SparseKernels.Bench.Sparsity;

/// <summary>What somebody else's Forward reaches with zeros in the weights.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Zeros">Share of zeros in percent.</param>
/// <param name="MultipleOfPeak">Dense work over time over the FMA peak.</param>
internal sealed record PeerFigure(string Peer, string Layer, int Zeros, double MultipleOfPeak);
